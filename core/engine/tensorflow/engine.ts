import type { Engine } from '../types.ts'
import { loadBinding } from './binding.ts'
import { chosenDevice, tensorflowDevices, towersOf } from './devices.ts'
import { findInstallation } from './location.ts'
import { tensorflowMemory } from './memory.ts'
import { openPredictor } from './predictor.ts'
import { openTrainer } from './trainer.ts'

/** TensorFlow: NVIDIA GPUs, and the fastest training on CPUs. Has to be installed (see install.ts). */
export const tensorflowEngine: Engine = {
  name: 'tensorflow',
  get version() {
    return findInstallation()?.version ?? 'not installed'
  },
  devices: async () => tensorflowDevices(),
  memory: tensorflowMemory,
  async trainer(network, initial, options = {}) {
    const device = chosenDevice(options)
    const binding = loadBinding(options.threads)
    return openTrainer(binding, network, initial, { ...options, towers: towersOf(device) }, device)
  },
  async predictor(network, weights, options = {}) {
    chosenDevice(options)
    return openPredictor(loadBinding(options.threads), network, weights, options)
  },
}
