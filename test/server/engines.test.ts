import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { isLinuxX64, thisSystem } from '../../core/engine/install/machine.ts'
import { installationName, tensorflowVersion } from '../../core/engine/tensorflow/release.ts'
import type { Job } from '../../core/server/queue/types.ts'
import {
  answer,
  readEvents,
  refusal,
  remove,
  temporaryFolder,
  testServer,
  type TestServer,
} from './support.ts'
import { unless } from '../unless.ts'

const tools = temporaryFolder()
let server: TestServer
beforeAll(async () => {
  // A pip that gets a little way, and then stands still.
  writeFileSync(
    join(tools, 'python3'),
    `#!/bin/sh
case "$*" in *--version*) exit 0;; esac
while [ "$1" != --dest ]; do shift; done
head -c 1000000 /dev/zero > "$2/part.whl"
exec sleep 600
`,
  )
  chmodSync(join(tools, 'python3'), 0o755)
  vi.stubEnv('PATH', `${tools}:${process.env['PATH']}`)
  server = await testServer()
})
afterAll(async () => {
  await server.close()
  remove(server.home, tools)
  vi.unstubAllEnvs()
})

/** What makes a folder a finished installation, as far as files go. */
function pretendInstalled(): string {
  const folder = join(server.home, 'engines', installationName('cpu'))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'binding.node'), 'no library')
  const facts = { format: 'vgg-studio-tensorflow', version: tensorflowVersion, variant: 'cpu' }
  const manifest = { ...facts, binding: 'binding.node', files: ['binding.node'] }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  return folder
}

async function tensorflow() {
  const { installables } = await answer(server.api.engines.$get())
  return installables.find(({ name }) => name === 'tensorflow')!
}
const install = (variant?: string) =>
  server.api.engines[':name'].install.$post({
    param: { name: 'tensorflow' },
    json: variant === undefined ? {} : { variant },
  })
const job = async (id: string): Promise<Job> =>
  (await answer(server.api.jobs[':job'].$get({ param: { job: id } }))).job as Job

describe('engines in the window', () => {
  it('are listed with what they bring and take', async () => {
    const found = await tensorflow()
    expect(found).toMatchObject({ title: 'TensorFlow', description: expect.stringContaining('NVIDIA') })
    expect(found.variants.map(({ name }) => name)).toEqual(['cpu', 'cuda', 'original'])
    expect(found.variants[0]).toMatchObject({ download: expect.any(Number), disk: expect.any(Number) })
  })

  it('that do not exist are refused', async () => {
    const param = { name: 'abacus' } as never
    const refused = await refusal(server.api.engines[':name'].install.$post({ param, json: {} }))
    expect(refused).toMatchObject({ status: 400, code: 'invalid-request' })
    const { job: other } = await answer(install('green'))
    expect(await server.settled(other)).toMatchObject({ state: 'failed', error: { code: 'unknown-variant' } })
  })

  const supported = isLinuxX64(thisSystem())
  it.skipIf(!supported)(
    `are installed by a job that tells how far it is, and can be canceled${unless(supported, 'TensorFlow installs on Linux x64')}`,
    async () => {
      const { job: started } = await answer(install())
      expect(started).toMatchObject({ kind: 'install', title: 'Install TensorFlow' })
      const downloading = async (): Promise<boolean> => ((await job(started.id)).progress?.done ?? 0) >= 1e6
      for (let waited = 0; waited < 30_000 && !(await downloading()); waited += 100) await delay(100)
      expect((await job(started.id)).progress).toMatchObject({ phase: 'download', total: expect.any(Number) })
      await answer(server.api.jobs[':job'].cancel.$post({ param: { job: started.id } }))
      expect(await server.settled(started)).toMatchObject({ state: 'canceled' })
      expect(readdirSync(join(server.home, 'engines'))).toEqual([])
    },
  )

  it('that are there already are left as they are, and windows look for devices again', async () => {
    const folder = pretendInstalled()
    const { job: started } = await answer(install())
    const told = readEvents(server, undefined, (all) => all.some(({ type }) => type === 'devices'))
    expect(await server.settled(started)).toMatchObject({ state: 'completed' })
    await told
    expect((await tensorflow()).copies).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ folder, version: tensorflowVersion, removable: true, used: true }),
      ]),
    )
    const { devices } = await answer(server.api.devices.$get())
    // It is a folder with a file that is no library: found, tried, and given up with the reason.
    expect(devices.find(({ engine, id }) => engine === 'tensorflow' && id === 'cpu')).toMatchObject({
      usable: false,
      reason: expect.stringContaining('cannot be loaded'),
    })
  })

  it('are removed by a job, and gone from the devices', async () => {
    const removed = server.api.engines[':name'].$delete({ param: { name: 'tensorflow' } })
    const { job: started } = await answer(removed)
    expect(started).toMatchObject({ kind: 'uninstall', title: 'Remove TensorFlow' })
    expect(await server.settled(started)).toMatchObject({ state: 'completed' })
    expect(readdirSync(join(server.home, 'engines'))).toEqual([])
    expect((await tensorflow()).copies.every(({ removable }) => !removable)).toBe(true)
  })
})
