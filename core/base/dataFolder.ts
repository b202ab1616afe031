import envPaths from 'env-paths'

/** The platform's folder for this application's data (Linux: ~/.local/share/vgg-studio). */
export function dataFolder(): string {
  return envPaths('vgg-studio', { suffix: '' }).data
}
