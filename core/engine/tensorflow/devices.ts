import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { StudioError } from '../../base/errors.ts'
import type { Device, ExecutionOptions, Precision } from '../types.ts'
import { notInstalled } from './binding.ts'
import { cpuFlags } from './cpu.ts'
import { findInstallation, type Installation } from './location.ts'

/** Where TensorFlow can compute here. Found without loading it: that would cost a second and 100 MB. */
export function tensorflowDevices(installation: Installation | null = findInstallation()): readonly Device[] {
  const usable = installation
    ? ({ usable: true } as const)
    : ({ usable: false, reason: notInstalled().fact } as const)
  const cores = availableParallelism()
  const model = cpus()[0]?.model.trim() ?? 'CPU'
  const cpu: Device = {
    engine: 'tensorflow',
    id: 'cpu',
    name: `${model}, ${cores} ${cores === 1 ? 'core' : 'cores'}`,
    precisions: cpuPrecisions(),
    memory: totalmem(),
    ...usable,
  }
  return installation?.cuda ? [...cudaDevices(), cpu] : [cpu]
}

/**
 * What TensorFlow calls the devices of a device id: `cuda:0,1` is two GPUs that share each batch. Always said: where
 * TensorFlow may choose, it takes the first GPU.
 */
export function towersOf({ id }: Device): readonly string[] {
  const [kind, list] = id.split(':')
  return kind === 'cuda' ? list!.split(',').map((index) => `/device:GPU:${index}`) : ['/device:CPU:0']
}

/** The device and precision that the options name; refused where they are not there. */
export function chosenDevice(options: ExecutionOptions): Device {
  const { device = 'cpu', precision = 'fp32' } = options
  const devices = tensorflowDevices()
  const found = devices.find(({ id }) => id === device)
  if (!found) {
    throw new StudioError('unknown-device', { what: 'tensorflow', device })
  }
  if (!found.usable) throw notInstalled()
  if (!found.precisions.includes(precision)) {
    throw new StudioError('unsupported-precision', {
      what: 'tensorflow',
      precision,
      device,
      precisions: found.precisions,
    })
  }
  return found
}

/** bf16 pays where the processor multiplies it; elsewhere it would be emulated. */
function cpuPrecisions(): readonly Precision[] {
  const flags = cpuFlags()
  return flags.includes('avx512_bf16') || flags.includes('amx_bf16') ? ['fp32', 'bf16'] : ['fp32']
}

const driver = '/proc/driver/nvidia/gpus'

/** NVIDIA's GPUs one by one, then all of them together. */
function cudaDevices(): readonly Device[] {
  const names = existsSync(driver) ? readdirSync(driver).map(gpuName) : []
  const device = (id: string, name: string): Device => ({
    engine: 'tensorflow',
    id,
    name,
    precisions: ['fp32', 'bf16'],
    usable: true,
  })
  const single = names.map((name, index) => device(`cuda:${index}`, name))
  const all = device(`cuda:${names.map((_, index) => index).join()}`, `all ${names.length} GPUs`)
  return names.length > 1 ? [all, ...single] : single
}

function gpuName(folder: string): string {
  try {
    return (
      /^Model:\s*(.*)$/m.exec(readFileSync(`${driver}/${folder}/information`, 'utf8'))?.[1] ?? 'NVIDIA GPU'
    )
  } catch {
    return 'NVIDIA GPU'
  }
}
