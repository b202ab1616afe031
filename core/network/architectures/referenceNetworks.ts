import { buildNetwork, networkSpec, type NetworkInput, type NetworkOptions } from './index.ts'

/** Networks for trying and comparing devices: the same for every family, so that figures can be compared. */

const tiny = (input: NetworkInput, crop: number): NetworkOptions => ({
  ...networkSpec({ fcWidth: 32, ...input }),
  classes: 4,
  crop,
})

/** Networks on which a device must agree with the CPU: response normalization in one, batch normalization in the other. */
export const selfTestNetworks = () =>
  [
    tiny({ config: 'A-LRN', widthMultiplier: 1 / 16 }, 48),
    tiny({ config: 'A', widthMultiplier: 1 / 16, batchNorm: true }, 64),
  ].map(buildNetwork)

/** A network whose training step takes moments on any device. */
export const quickTrainingNetwork = () => buildNetwork(tiny({ config: 'A', widthMultiplier: 0.1 }, 64))

/** The smallest network that a device must be able to open. */
export const smallestNetwork = () =>
  buildNetwork({ ...tiny({ config: 'A', fcWidth: 8, widthMultiplier: 1 / 16 }, 32), classes: 2 })

/** The network that measures a machine's speed: enough work to be representative, little enough to be quick. */
export const speedNetwork = (): NetworkOptions => ({
  ...networkSpec({ config: 'A', fcWidth: 512 }),
  classes: 10,
  crop: 64,
})
