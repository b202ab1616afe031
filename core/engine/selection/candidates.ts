import { StudioError } from '../../base/errors.ts'
import { deviceTitle, engineTitle } from '../../messages/names.ts'
import type { TensorflowRemedy } from '../../messages/types.ts'
import { isLinuxX64, thisSystem, type System } from '../install/machine.ts'
import type { ExecutionRequest, Device, EngineName, Precision } from '../types.ts'

/** One way to compute: an engine on a device in a precision. */
export interface Candidate {
  readonly engine: EngineName
  readonly device: string
  readonly precision: Precision
  /** Display text: `TensorFlow CPU bf16`. */
  readonly label: string
}

/** The device of that engine and id, usable or not. */
export function findDevice(
  devices: readonly Device[],
  { engine, device }: { readonly engine: EngineName | 'auto'; readonly device: string },
): Device | undefined {
  return devices.find((one) => one.engine === engine && one.id === device)
}

/**
 * Every usable engine, device and precision that is as asked, the likely fastest first.
 * @param system for which engines can be installed; default: this one
 * @throws StudioError where there is none: `unknown-device`, `unsupported-precision`, `device-unusable`
 */
export function candidatesOf(
  devices: readonly Device[],
  asked: ExecutionRequest,
  system?: System,
): readonly Candidate[] {
  const named = devices.filter(
    ({ engine, id }) =>
      (asked.engine === 'auto' || asked.engine === engine) &&
      (asked.device === 'auto' || asked.device === id),
  )
  const usable = named.filter((device) => device.usable)
  const found = usable.flatMap((device) =>
    device.precisions
      .filter((precision) => asked.precision === 'auto' || asked.precision === precision)
      .map((precision) => candidateOf(device, precision)),
  )
  if (found.length === 0) throw noCandidate(devices, named, asked, system)
  return found.toSorted((a, b) => rank(a) - rank(b))
}

export function candidateOf(device: Device, precision: Precision): Candidate {
  const { engine, id, precisions } = device
  const places = [engineTitle(engine), deviceTitle(id), ...(precisions.length > 1 ? [precision] : [])]
  return { engine, device: id, precision, label: places.join(' ') }
}

export function sameCandidate(a: Omit<Candidate, 'label'>, b: Omit<Candidate, 'label'>): boolean {
  return a.engine === b.engine && a.device === b.device && a.precision === b.precision
}

/** GPUs of drivers that are made for it, then TensorFlow on the CPU. Saves time only: slower ones are given up early. */
function rank({ engine, device, precision }: Candidate): number {
  if (device.startsWith('cuda')) return engine === 'tensorflow' ? 0 : 1
  if (device === 'cpu' && engine === 'tensorflow') return precision === 'bf16' ? 2 : 3
  return device === 'cpu' ? 4 : 5
}

function noCandidate(
  devices: readonly Device[],
  named: readonly Device[],
  asked: ExecutionRequest,
  system: System | undefined,
): StudioError {
  const engine = asked.engine === 'auto' ? null : asked.engine
  const device = asked.device === 'auto' ? null : asked.device
  const remedy = tensorflowRemedy(devices, asked, system)
  const usable = named.filter((one) => one.usable)
  if (usable.length > 0) {
    const precisions = [...new Set(usable.flatMap((one) => one.precisions))]
    const { precision } = asked
    return new StudioError('unsupported-precision', {
      what: 'none',
      ...{ engine, device, precision, precisions, remedy },
    })
  }
  const [first] = named
  if (first) return unusable(first)
  const there = devices.filter((one) => engine === null || one.engine === engine)
  const ids = [...new Set(there.map(({ id }) => id))]
  return new StudioError('unknown-device', {
    what: 'none',
    ...{ engine, device: asked.device, devices: ids, remedy },
  })
}

/** Why a device that was asked for can't be used. */
function unusable({ engine, id, reason, remedy }: Device): StudioError {
  const label = `${engineTitle(engine)} ${deviceTitle(id)}`
  return new StudioError('device-unusable', {
    what: 'device',
    label,
    reason: reason ?? null,
    remedy: remedy ?? null,
  })
}

/** What would make possible what was asked for, where TensorFlow would and is not installed. */
function tensorflowRemedy(
  devices: readonly Device[],
  { engine, device, precision }: ExecutionRequest,
  system: System = thisSystem(),
): TensorflowRemedy | null {
  const missing = devices.find((one) => one.engine === 'tensorflow' && one.id === 'cpu' && !one.usable)
  if (!missing || engine === 'onnxruntime' || !isLinuxX64(system)) return null
  if (device.startsWith('cuda:')) return { on: 'gpu' }
  const brings = precision !== 'auto' && missing.precisions.includes(precision)
  return brings && (device === 'auto' || device === 'cpu') ? { on: 'cpu', precision } : null
}
