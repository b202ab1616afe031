import { availableParallelism, totalmem } from 'node:os'
import { StudioError } from '../../base/errors.ts'
import { freeBytes } from '../../base/disk.ts'
import { version } from '../../base/version.ts'
import { openSpeeds, sameTarget, type ComputeTarget } from '../../engine/selection/speeds.ts'
import type { ExecutionRequest } from '../../engine/types.ts'
import type { DevicesResult } from '../../jobs/tasks/devices.ts'
import type { EnginesState } from '../../jobs/tasks/engines.ts'
import type { Home } from '../../jobs/context/home.ts'
import { seenInSelfTests, trainingSpeed } from '../../jobs/tasks/speed.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { shown } from '../../messages/shown.ts'
import type { Registry } from '../../registry/registry.ts'
import { availableMemory } from '../../training/memory.ts'
import type { DeviceList, DeviceSpeed } from '../api/types.ts'
import type { Hub } from '../events/hub.ts'
import type { Helper } from '../helper/helper.ts'
import { openRemembered, type KnownDevice } from './remembered.ts'
import { openSettings } from './settings.ts'
import { emptyFolder, storageUse } from './storage.ts'
import type { Machine } from './types.ts'

export interface MachineOptions {
  readonly home: Home
  readonly texts: Catalog
  readonly registry: Registry
  readonly hub: Hub
  /** Helper process that runs engines: pictures must not wait for it. */
  readonly helper: Helper
  /** The server's own in the home folder. */
  readonly folder: string
  /** Whether something heavy runs on a device. */
  readonly isBusy: (device: string) => boolean
}

/** Milliseconds for which an answer about engines holds. */
const enginesHold = 30_000

export async function openMachine(options: MachineOptions): Promise<Machine> {
  const { home, texts, registry, hub, helper, folder, isBusy } = options
  const settings = await openSettings(folder)
  const speeds = openSpeeds(home.folder)
  const remembered = await openRemembered(folder)
  let listing: Promise<DevicesResult> | undefined
  let measuring: DeviceList['measuring'] = null
  let known: { readonly state: Promise<EnginesState>; readonly time: number } | undefined

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
    await keepSelfTests(found.devices)
    return found
  }

  /** The first that a machine shows. */
  async function keepSelfTests(devices: DevicesResult['devices']): Promise<void> {
    for (const one of seenInSelfTests(devices)) await speeds.record(one)
  }

  /** As it trains the yardstick, and when anything was seen there. */
  function speedOf(target: ComputeTarget): Pick<DeviceSpeed, 'speed' | 'measured'> {
    const list = speeds.list()
    const latest = list.findLast((one) => sameTarget(one, target))
    return { speed: trainingSpeed(list, target), measured: latest?.time ?? null }
  }

  /** The preferred first. */
  function fitting({ engine = 'auto', device = 'auto', precision = 'auto' }: Partial<ExecutionRequest>) {
    return (remembered.get() ?? []).filter(
      (one) =>
        (engine === 'auto' || one.engine === engine) &&
        (device === 'auto' ? one.usable : one.id === device) &&
        (precision === 'auto' || one.precisions.includes(precision)),
    )
  }

  function deviceFor(
    asked: Partial<ExecutionRequest>,
    can: (device: KnownDevice) => boolean = () => true,
  ): KnownDevice {
    const fit = fitting(asked)
    const found = fit.find(can) ?? fit[0]
    if (found) return found
    const all = remembered.get()
    const { engine = 'auto', device = 'auto', precision = 'auto' } = asked
    if (all === null) {
      const id = device === 'auto' ? 'cpu' : device
      return { id, engine: engine === 'auto' ? 'onnxruntime' : engine, usable: true, precisions: ['fp32'] }
    }
    const wanted = [engine, device, precision].filter((part) => part !== 'auto').join(', ')
    throw new StudioError('unknown-device', {
      what: 'here',
      wanted,
      devices: all.map(({ id, engine: own }) => ({ id, engine: own })),
    })
  }

  /** It asks pip, the compiler and drivers, which takes a while; a person who has just installed one of them tries again. */
  function engines(): Promise<EnginesState> {
    if (known && performance.now() - known.time < enginesHold) return known.state
    const state = helper.run('engines', null)
    known = { state, time: performance.now() }
    state.catch(() => (known = undefined))
    return state
  }

  async function measure(): Promise<void> {
    const { devices: all } = await devices()
    const usable = all.filter((device) => device.usable)
    if (usable.some(({ id }) => isBusy(id))) throw new StudioError('device-busy', {})
    if (measuring !== null) return
    const targets = usable.flatMap(({ engine, id, precisions }) =>
      precisions.map((precision) => ({ engine, device: id, precision })),
    )
    // Nobody waits for the answer: it would be minutes on a machine with several devices.
    void measureAll(targets)
  }

  async function measureAll(targets: readonly ComputeTarget[]): Promise<void> {
    for (const [done, target] of targets.entries()) {
      measuring = { done, total: targets.length }
      hub.publish({ type: 'devices' })
      await helper.run('speed', target).catch(() => null)
    }
    measuring = null
    hub.publish({ type: 'devices' })
  }

  return {
    async system(caller) {
      return {
        version,
        home: home.folder,
        platform: process.platform,
        cores: availableParallelism(),
        memory: { total: totalmem(), available: availableMemory() },
        diskFree: await freeBytes(home.folder),
        shell: caller.shell,
        firstStart: registry.datasets.list().length === 0,
      }
    },
    async devices() {
      const { engines, devices: all } = await devices()
      return {
        engines,
        devices: all
          .map((device) => ({
            ...shown(device, texts),
            speeds: device.precisions.map((precision) => ({
              precision,
              ...speedOf({ engine: device.engine, device: device.id, precision }),
            })),
          }))
          .toSorted((a, b) => fastest(b) - fastest(a)),
        measuring,
      }
    },
    deviceFor,
    targetsFor(asked, can = () => true) {
      const devices = remembered.get() === null ? [] : fitting(asked).filter(can)
      return (devices.length > 0 ? devices : [deviceFor(asked)]).flatMap((device) =>
        device.precisions
          .filter((precision) => [precision, 'auto', undefined].includes(asked.precision))
          .map((precision) => ({
            device,
            target: { engine: device.engine, device: device.id, precision },
          })),
      )
    },
    speeds: speeds.list,
    measure,
    engines: async () => shown(await engines(), texts),
    enginesChanged() {
      // What its process has loaded or looked up is not what is there now.
      helper.renew()
      listing = undefined
      known = undefined
      hub.publish({ type: 'devices' })
      void devices().then(
        () => hub.publish({ type: 'devices' }),
        () => undefined,
      )
    },
    settings: settings.get,
    async change(changes) {
      const changed = await settings.change(changes)
      hub.publish({ type: 'settings' })
      return changed
    },
    storage: () => storageUse(home),
    diagnostics: async () => (await import('../../queries/diagnostics.ts')).diagnostics({ home, registry }),
    async emptyCache() {
      await emptyFolder(home.cache)
      return storageUse(home)
    },
  }
}

/** Sorts by speed; devices that cannot be used come last. */
const fastest = ({ usable, speeds }: Pick<DeviceList['devices'][number], 'usable' | 'speeds'>): number =>
  usable ? Math.max(0, ...speeds.map(({ speed }) => speed ?? 0)) : -1
