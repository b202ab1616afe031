import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { TestedDevice } from '../../core/engine/selection/selfTest.ts'
import { openSpeeds } from '../../core/engine/selection/speeds.ts'
import { seenInSelfTests, trainingSpeed, yardstick } from '../../core/jobs/tasks/speed.ts'
import { openContext } from '../../core/jobs/context/context.ts'
import { openHub } from '../../core/server/events/hub.ts'
import type { Helper } from '../../core/server/helper/helper.ts'
import { openMachine } from '../../core/server/machine/machine.ts'
import { temporaryFolder } from './support.ts'
import { english } from '../../core/messages/en/index.ts'

const device = {
  name: 'CPU',
  kind: 'cpu',
  usable: true,
  precisions: ['fp32', 'bf16'],
  trials: [],
  id: 'cpu',
  engine: 'onnxruntime',
}

test('measuring devices is begun, not waited for; the list tells how far it is', async () => {
  const folder = temporaryFolder()
  const { home, registry } = openContext({ home: folder })
  onTestFinished(() => {
    registry.close()
    rmSync(folder, { recursive: true })
  })
  const begun: (() => void)[] = []
  const helper = {
    run: (task: string) =>
      task === 'devices'
        ? Promise.resolve({ engines: [], devices: [device] })
        : new Promise<null>((done) => begun.push(() => done(null))),
  } as unknown as Helper
  const hub = openHub()
  const published = vi.spyOn(hub, 'publish')
  const options = {
    home,
    texts: english,
    registry,
    hub,
    helper,
    folder: join(folder, 'server'),
    isBusy: () => false,
  }
  const machine = await openMachine(options)
  expect((await machine.devices()).measuring).toBeNull()

  await machine.measure()
  expect((await machine.devices()).measuring).toEqual({ done: 0, total: 2 })
  // Once more while it is at it: nothing more is begun.
  await machine.measure()
  expect(begun).toHaveLength(1)
  // As its process does.
  const speeds = openSpeeds(folder)
  const place = { engine: 'onnxruntime', device: 'cpu' } as const
  await speeds.record({ ...place, precision: 'fp32', ...yardstick(), secondsPerImage: 0.5 })
  begun[0]!()
  await vi.waitFor(() => expect(begun).toHaveLength(2))
  const halfway = await machine.devices()
  expect(halfway.measuring).toEqual({ done: 1, total: 2 })
  const measured = (list: typeof halfway) => list.devices[0]!.speeds.map(({ speed }) => speed)
  expect(measured(halfway)).toEqual([expect.any(Number), null])
  await speeds.record({ ...place, precision: 'bf16', ...yardstick(), secondsPerImage: 0.25 })
  begun[1]!()
  await vi.waitFor(async () => expect((await machine.devices()).measuring).toBeNull())
  const [fp32, bf16] = measured(await machine.devices())
  expect(bf16! / fp32!).toBeCloseTo(2)
  expect(published.mock.calls.filter(([{ type }]) => type === 'devices')).toHaveLength(3)
})

test('what self-tests have shown is one speed for each place, in the window as on the command line', async () => {
  const folder = temporaryFolder()
  const { home, registry } = openContext({ home: folder })
  onTestFinished(() => {
    registry.close()
    rmSync(folder, { recursive: true })
  })
  const tested = (id: string, secondsPerImage: number): TestedDevice => ({
    ...{ id, engine: 'onnxruntime', name: id, kind: 'cpu', usable: true, precisions: ['fp32'] },
    trials: [{ precision: 'fp32', usable: true, selfTest: { difference: 0, secondsPerImage } }],
  })
  const found = [tested('cpu', 0.004), tested('other', 0.001)]
  const helper = { run: () => Promise.resolve({ engines: [], devices: found }) } as unknown as Helper
  const rest = { home, texts: english, registry, hub: openHub(), folder: join(folder, 'server') }
  const machine = await openMachine({ ...rest, helper, isBusy: () => false })
  const { devices } = await machine.devices()
  // The fastest first.
  expect(devices.map(({ id }) => id)).toEqual(['other', 'cpu'])
  for (const { id, speeds } of devices) {
    const place = { engine: 'onnxruntime', device: id, precision: 'fp32' } as const
    expect(speeds[0]!.speed).toBeCloseTo(trainingSpeed(seenInSelfTests(found), place)!)
  }
})
