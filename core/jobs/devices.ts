import { engines } from '../engine/index.ts'
import { probe } from '../engine/probe.ts'
import type { Device } from '../engine/types.ts'

export interface DevicesResult {
  readonly engines: readonly { readonly name: string; readonly version: string }[]
  readonly devices: readonly Device[]
}

export interface DevicesWatch {
  readonly onProgress?: (device: Device) => void
  readonly signal?: AbortSignal
}

/** Where this machine can compute, the preferred first, each proven and measured by a training step. */
export async function listDevices({ onProgress, signal }: DevicesWatch = {}): Promise<DevicesResult> {
  const candidates = await Promise.all(engines.map((engine) => engine.devices()))
  const devices: Device[] = []
  // One after the other: the measured speeds would disturb each other.
  for (const candidate of candidates.flat()) {
    onProgress?.(candidate)
    devices.push(await probe(candidate, signal ? { signal } : {}))
  }
  return { engines: engines.map(({ name, version }) => ({ name, version })), devices }
}
