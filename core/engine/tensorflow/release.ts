export const variants = ['cuda', 'cpu'] as const
/** What libtensorflow was built for. */
export type Variant = (typeof variants)[number]

export const tensorflowVersion = '2.20.0'

/** Name of an installation's folder: another version is another folder. */
export function installationName(variant: Variant): string {
  return `tensorflow-${tensorflowVersion}-${variant}`
}
