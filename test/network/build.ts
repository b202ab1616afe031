import { buildNetwork, networkSpec, type NetworkOptions } from '../../core/network/architectures/index.ts'
import type { Network } from '../../core/network/types.ts'

export type VggOptions = Omit<Extract<NetworkOptions, { family: 'vgg' }>, 'family'>
export type VggConfig = VggOptions['config']

const {
  family: _,
  config: __,
  ...settings
} = networkSpec({ config: 'A' }) as Extract<NetworkOptions, { family: 'vgg' }>
/** Everything but depth and classes. */
export const vggDefaults = { ...settings, crop: 224 }

export const buildVgg = (options: VggOptions): Network => buildNetwork({ family: 'vgg', ...options })
