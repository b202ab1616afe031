import { buildNetwork, networkSpec, type NetworkInput, type NetworkOptions } from './index.ts'

/** Networks that devices are tried and compared by: the same for every family, so that figures can be compared. */

const tiny = (input: NetworkInput, crop: number): NetworkOptions => ({
  ...networkSpec({ fcWidth: 32, ...input }),
  classes: 4,
  crop,
})

/** What a device has to compute as the CPU does: response normalization in one, batch normalization in the other. */
export const selfTestNetworks = () =>
  [
    tiny({ config: 'A-LRN', widthMultiplier: 1 / 16 }, 48),
    tiny({ config: 'A', widthMultiplier: 1 / 16, batchNorm: true }, 64),
  ].map(buildNetwork)

/** A training step that takes moments on any device. */
export const quickTrainingNetwork = () => buildNetwork(tiny({ config: 'A', widthMultiplier: 0.1 }, 64))

/** The least that a device has to open. */
export const smallestNetwork = () =>
  buildNetwork({ ...tiny({ config: 'A', fcWidth: 8, widthMultiplier: 1 / 16 }, 32), classes: 2 })

/** What a machine's speed is measured by: enough work to be representative, little enough to be quick. */
export const speedNetwork = (): NetworkOptions => ({
  ...networkSpec({ config: 'A', fcWidth: 512 }),
  classes: 10,
  crop: 64,
})
