import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
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
  const begun: ((speed: number) => void)[] = []
  const helper = {
    run: (task: string) =>
      task === 'devices'
        ? Promise.resolve({ engines: [], devices: [device] })
        : new Promise<number>((done) => begun.push(done)),
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
  begun[0]!(5e9)
  await vi.waitFor(() => expect(begun).toHaveLength(2))
  const halfway = await machine.devices()
  expect(halfway.measuring).toEqual({ done: 1, total: 2 })
  expect(halfway.devices[0]!.speeds.map(({ speed }) => speed)).toEqual([5e9, null])
  begun[1]!(9e9)
  await vi.waitFor(async () => expect((await machine.devices()).measuring).toBeNull())
  expect((await machine.devices()).devices[0]!.speeds.map(({ speed }) => speed)).toEqual([5e9, 9e9])
  expect(published.mock.calls.filter(([{ type }]) => type === 'devices')).toHaveLength(3)
})
