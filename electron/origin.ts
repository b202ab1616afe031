/** Where the window's page lives. */
export const scheme = 'app'
const host = 'vgg-studio'
export const origin = `${scheme}://${host}`

export function isOurs(url: string): boolean {
  const parsed = URL.parse(url)
  return parsed?.protocol === `${scheme}:` && parsed.host === host
}
