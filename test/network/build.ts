import {
  buildNetwork,
  networkSpec,
  type NetworkOptions,
  type NetworkSpec,
} from '../../core/network/architectures/index.ts'
import type { Config } from '../../core/network/architectures/names.ts'
import type { Network } from '../../core/network/types.ts'

type Whole = Omit<Extract<NetworkOptions, { family: 'vgg' }>, 'family'>
export type VggOptions = Omit<Whole, 'squeezeExcitation'> & Partial<Whole>
export type VggConfig = VggOptions['config']

const {
  family: _,
  config: __,
  ...settings
} = networkSpec({ config: 'A' }) as Extract<NetworkOptions, { family: 'vgg' }>
/** Everything but depth and classes. */
export const vggDefaults = { ...settings, crop: 224 }

export const buildVgg = (options: VggOptions): Network =>
  buildNetwork({ family: 'vgg', squeezeExcitation: null, ...options })

/** A network with those of the settings that its family has. */
export function specWith(config: Config, wanted: Readonly<Record<string, unknown>>): NetworkSpec {
  const spec = networkSpec({ config })
  const kept = Object.entries(wanted).filter(([name]) => name in spec)
  return networkSpec({ config, ...Object.fromEntries(kept) })
}
