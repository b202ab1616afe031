import { availableParallelism, cpus, totalmem } from 'node:os'
import { StudioError } from '../../base/errors.ts'
import type { Device, Engine, ExecutionOptions } from '../types.ts'
import { openPredictor } from './predictor.ts'
import { ortVersion } from './session.ts'
import { openCpuTrainer } from './trainer.ts'

/** ONNX Runtime, embedded: needs nothing but its npm package. */
export const onnxruntimeEngine: Engine = {
  name: 'onnxruntime',
  version: ortVersion,
  devices: async () => [cpu()],
  trainer: async (network, initial, options = {}) =>
    openCpuTrainer(network, initial, options, await chosenDevice(options)),
  async predictor(network, weights, options = {}) {
    await chosenDevice(options)
    return openPredictor(network, weights, options)
  },
}

function cpu(): Device {
  const cores = availableParallelism()
  const model = cpus()[0]?.model.trim() ?? 'CPU'
  return {
    engine: 'onnxruntime',
    id: 'cpu',
    name: `${model}, ${cores} ${cores === 1 ? 'core' : 'cores'}`,
    precisions: ['fp32'],
    usable: true,
    memory: totalmem(),
  }
}

async function chosenDevice({ device = 'cpu', precision = 'fp32' }: ExecutionOptions): Promise<Device> {
  const found = cpu()
  if (device !== found.id) {
    throw new StudioError('unknown-device', `The onnxruntime engine has no device "${device}".`, {
      hint: 'See `vgg-studio devices` for those that are there.',
    })
  }
  if (!found.precisions.includes(precision)) {
    throw new StudioError(
      'unsupported-precision',
      `The onnxruntime engine does not train in ${precision} on ${device}.`,
      {
        hint: `Use ${found.precisions.join(' or ')}.`,
      },
    )
  }
  return found
}
