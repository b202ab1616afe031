import { StudioError } from '../../base/errors.ts'
import { assertSupported, unsupportedLayer } from '../supports.ts'
import type { Engine, ExecutionOptions } from '../types.ts'
import { engineVersion } from '../versions.ts'
import { onnxruntimeMemory } from './memory.ts'
import { nvidiaGpus } from '../nvidia.ts'
import { listedDevices, providers, runnerOnDevice, type Provider } from './providers.ts'

/**
 * ONNX Runtime, embedded: needs nothing but its npm package. What computes is loaded with the first network: planning does
 * not need it.
 */
export const onnxruntimeEngine: Engine = {
  name: 'onnxruntime',
  version: engineVersion('onnxruntime'),
  devices: async () => listedDevices(await nvidiaGpus()),
  supports: (network, { device = 'cpu', microBatch = 1 } = {}) =>
    unsupportedLayer(network, runnerOnDevice(device), microBatch),
  memory: onnxruntimeMemory,
  async trainer(network, initial, options = {}) {
    const provider = chosenProvider(options)
    assertSupported(onnxruntimeEngine, network, provider.id)
    const open = provider.resident
      ? (await import('./residentTrainer.ts')).openResidentTrainer
      : (await import('./trainer.ts')).openTrainer
    return open(network, initial, options, provider)
  },
  predictor: async (network, weights, options = {}) =>
    (await import('./predictor.ts')).openPredictor(network, weights, options, chosenProvider(options)),
}

function chosenProvider({ device = 'cpu', precision = 'fp32' }: ExecutionOptions): Provider {
  const there = providers()
  const found = there.find(({ id }) => id === device)
  if (!found) {
    throw new StudioError('unknown-device', {
      what: 'onnxruntime',
      device,
      devices: there.map(({ id }) => id),
    })
  }
  if (precision !== 'fp32') {
    throw new StudioError('unsupported-precision', { what: 'onnxruntime', precision, device })
  }
  return found
}
