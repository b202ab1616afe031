import { memoryOfGpus, nvidiaGpus } from '../nvidia.ts'
import { assertSupported, unsupportedLayer } from '../supports.ts'
import type { Engine } from '../types.ts'
import { engineVersion } from '../versions.ts'
import { loadBinding } from './binding.ts'
import { chosenDevice, tensorflowDevices, towersOf } from './devices.ts'
import { tensorflowMemory } from './memory.ts'

/**
 * TensorFlow: NVIDIA GPUs, and the fastest training on CPUs. Has to be installed (see install.ts). What computes is loaded
 * with the first network: planning does not need it.
 */
export const tensorflowEngine: Engine = {
  name: 'tensorflow',
  get version() {
    return engineVersion('tensorflow')
  },
  async devices() {
    const gpus = await nvidiaGpus()
    return tensorflowDevices().map((device) => {
      const memory = memoryOfGpus(device.id, gpus)
      return memory === undefined ? device : { ...device, memory }
    })
  },
  supports: (network, { microBatch = 1 } = {}) => unsupportedLayer(network, 'tensorflow', microBatch),
  memory: tensorflowMemory,
  async trainer(network, initial, options = {}) {
    const device = chosenDevice(options)
    assertSupported(tensorflowEngine, network, device.id)
    const binding = loadBinding(options.threads)
    const { openTrainer } = await import('./trainer.ts')
    return openTrainer(binding, network, initial, { ...options, towers: towersOf(device) }, device)
  },
  async predictor(network, weights, options = {}) {
    const [place] = towersOf(chosenDevice(options))
    const { openPredictor } = await import('./predictor.ts')
    return openPredictor(loadBinding(options.threads), network, weights, { ...options, place: place! })
  },
}
