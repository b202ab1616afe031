import { availableParallelism, cpus } from 'node:os'
import { version } from '../base/version.ts'
import { engines } from '../engine/index.ts'
import type { Device } from '../engine/types.ts'

/** What has to be the same for measurements to hold: machine, versions, work. */
export function measurementKey(devices: readonly Device[], work: object): string {
  return JSON.stringify({
    studio: version,
    engines: engines.map(({ name, version: own }) => `${name} ${own}`),
    cpu: cpus()[0]?.model.trim(),
    cores: availableParallelism(),
    devices: devices.filter(({ usable }) => usable).map(({ engine, id, name }) => `${engine} ${id} ${name}`),
    ...work,
  })
}
