/**
 * Families and their networks by name, apart from their entries so that help and completion need not load schemas.
 * A name belongs to one family: `--config alexnet` says both.
 */
export const configs = {
  vgg: ['A', 'A-LRN', 'B', 'B-5x5', 'C', 'D', 'E'],
  alexnet: ['alexnet'],
  googlenet: ['googlenet', 'googlenet-torchvision'],
  resnet: ['resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152', 'seresnet50'],
} as const satisfies Record<string, readonly [string, ...string[]]>

export type Family = keyof typeof configs
export type Config = (typeof configs)[Family][number]

export const families = Object.keys(configs) as readonly Family[]
export const allConfigs: readonly Config[] = Object.values(configs).flat()

const defaultFamily: Family = 'vgg'

/**
 * The family of a recipe's or checkpoint's network: the one it names, else the one that its `config` belongs to. Those
 * that name neither were made when there was only VGG.
 */
export function familyOf(network: unknown): Family {
  const { family, config } = (network ?? {}) as { family?: unknown; config?: unknown }
  const named = families.find((one) => one === family)
  const owner = families.find((one) => (configs[one] as readonly unknown[]).includes(config))
  return named ?? owner ?? defaultFamily
}

/** The default network of a family's schema. */
export const defaultConfig = (network: unknown): Config => configs[familyOf(network)][0]
