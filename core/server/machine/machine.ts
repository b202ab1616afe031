import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { StudioError } from '../../base/errors.ts'
import type { DevicesResult } from '../../jobs/devices.ts'
import type { Home } from '../../jobs/home.ts'
import type { Registry } from '../../registry/registry.ts'
import { availableMemory } from '../../training/memory.ts'
import type { Hub } from '../events/hub.ts'
import type { Helper } from '../helper/helper.ts'
import { openRemembered, type KnownDevice } from './remembered.ts'
import { openSettings } from './settings.ts'
import { openSpeeds } from './speeds.ts'
import { emptyFolder, storageUse } from './storage.ts'
import type { Machine } from './types.ts'

export interface MachineOptions {
  readonly home: Home
  readonly registry: Registry
  readonly hub: Hub
  /** Of the engines: pictures must not wait for it. */
  readonly helper: Helper
  /** The server's own in the home folder. */
  readonly folder: string
  /** Whether something heavy runs on a device. */
  readonly isBusy: (device: string) => boolean
}

export const version = (
  JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
).version

export async function openMachine(options: MachineOptions): Promise<Machine> {
  const { home, registry, hub, helper, folder, isBusy } = options
  const settings = await openSettings(folder)
  const speeds = await openSpeeds(folder, registry)
  const remembered = await openRemembered(folder)
  let listing: Promise<DevicesResult> | undefined
  let measuring = false

  function devices(): Promise<DevicesResult> {
    listing ??= list().catch((error: unknown) => {
      listing = undefined
      throw error
    })
    return listing
  }

  async function list(): Promise<DevicesResult> {
    const found = await helper.run('devices', null)
    await remembered.put(found.devices)
    return found
  }

  function deviceFor(asked: string): KnownDevice {
    const all = remembered.get()
    const found = all?.find(({ id, usable }) => (asked === 'auto' ? usable : id === asked))
    if (found) return found
    if (all === null) return { id: asked === 'auto' ? 'cpu' : asked, engine: 'onnxruntime', usable: true }
    throw new StudioError('unknown-device', `There is no device "${asked}" here.`, {
      hint: `There are: auto, ${all.map(({ id }) => id).join(', ')}.`,
    })
  }

  async function measure(): Promise<void> {
    await devices()
    const { id, engine } = deviceFor('auto')
    if (isBusy(id))
      throw new StudioError('device-busy', 'The device is at work: measured now it would look slow.')
    if (measuring) return
    measuring = true
    try {
      await speeds.put(id, await helper.run('speed', { engine, device: id }))
      hub.publish({ type: 'devices' })
    } finally {
      measuring = false
    }
  }

  return {
    async system(caller) {
      const { bavail, bsize } = await statfs(home.folder)
      return {
        version,
        home: home.folder,
        platform: process.platform,
        cores: availableParallelism(),
        memory: { total: totalmem(), available: availableMemory() },
        diskFree: bavail * bsize,
        shell: caller.shell,
        firstStart: registry.datasets.list().length === 0,
      }
    },
    async devices() {
      const { engines, devices: all } = await devices()
      return { engines, devices: all.map((device) => ({ ...device, ...speeds.known(device.id) })) }
    },
    deviceFor,
    speedOf: speeds.of,
    measure,
    settings: settings.get,
    async change(changes) {
      const changed = await settings.change(changes)
      hub.publish({ type: 'settings' })
      return changed
    },
    storage: () => storageUse(home),
    async emptyCache() {
      await emptyFolder(home.cache)
      return storageUse(home)
    },
  }
}
