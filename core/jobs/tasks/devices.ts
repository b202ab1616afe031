import { engines } from '../../engine/index.ts'
import { testDevice, type TestedDevice } from '../../engine/selection/selfTest.ts'
import type { Device } from '../../engine/types.ts'

export interface DevicesResult {
  readonly engines: readonly { readonly name: string; readonly version: string }[]
  /** The fastest first; those that can't be used last. */
  readonly devices: readonly TestedDevice[]
}

export interface DevicesWatch {
  readonly onProgress?: (device: Device) => void
  readonly signal?: AbortSignal
}

/** Where this machine can compute, each device tested and measured by a training step in each of its precisions. */
export async function listDevices({ onProgress, signal }: DevicesWatch = {}): Promise<DevicesResult> {
  const candidates = await Promise.all(engines.map((engine) => engine.devices()))
  const devices: TestedDevice[] = []
  // One after the other: the measured speeds would disturb each other.
  for (const candidate of candidates.flat()) {
    onProgress?.(candidate)
    devices.push(await testDevice(candidate, { signal }))
  }
  return {
    engines: engines.map(({ name, version }) => ({ name, version })),
    devices: devices.toSorted((a, b) => fastest(a) - fastest(b)),
  }
}

function fastest({ usable, trials }: TestedDevice): number {
  if (!usable) return Infinity
  const times = trials.map((trial) => (trial.usable ? trial.selfTest?.secondsPerImage : undefined))
  return Math.min(...times.map((time) => time ?? Number.MAX_VALUE))
}
