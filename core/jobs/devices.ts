import { engines } from '../engine/index.ts'
import type { Device } from '../engine/types.ts'

export interface DevicesResult {
  readonly engines: readonly { readonly name: string; readonly version: string }[]
  readonly devices: readonly Device[]
}

/** Where this machine can compute, the preferred first. */
export async function listDevices(): Promise<DevicesResult> {
  const devices = await Promise.all(engines.map((engine) => engine.devices()))
  return { engines: engines.map(({ name, version }) => ({ name, version })), devices: devices.flat() }
}
