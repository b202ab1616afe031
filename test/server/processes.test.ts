import { fork, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openRegistry } from '../../core/registry/registry.ts'
import { askServer } from '../../core/server/client.ts'
import type { Discovery } from '../../core/server/discovery.ts'
import type { ServerMessage } from '../../core/server/main.ts'
import type { Job } from '../../core/server/queue/types.ts'
import { answer, remove, smallFolder, temporaryFolder, testServer, tinyRecipe } from './support.ts'

// Real processes, on machines that are busy with the other tests: slow is no failure.
vi.setConfig({ testTimeout: 180_000 })

const root = fileURLToPath(new URL('../../', import.meta.url))
const folders: string[] = []
let pictures: string

beforeAll(() => {
  pictures = smallFolder()
  folders.push(pictures)
})
afterAll(() => remove(...folders))

function newHome(): string {
  const home = temporaryFolder()
  folders.push(home)
  return home
}

function commandLine(...args: readonly string[]) {
  const child = spawn(process.execPath, [join(root, 'core/cli/main.ts'), ...args], { cwd: pictures })
  const output = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (output.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output.err += chunk.toString()))
  const done = once(child, 'close').then(([code]) => ({ code: code as number, ...output }))
  return { child, output, done }
}

const recipeFlags = [
  ...['--set', 'network.widthMultiplier=0.1', '--set', 'network.fcWidth=32', '--set', 'execution.threads=1'],
  ...['--crop', '32', '--scale', '36', '--batch', '12'],
]

test('the command line hands its jobs to the live server of its home, and tells the same as if it ran them', async () => {
  const server = await testServer({ home: newHome() })
  const { home } = server
  const imported = await commandLine('import', 'train', '--name', 'small', '--home', home, '--json').done
  expect(imported).toMatchObject({ code: 0, err: expect.stringContaining(`process ${process.pid}`) })
  expect(JSON.parse(imported.out)).toMatchObject({
    dataset: 'd1',
    name: 'small',
    root: join(pictures, 'train'),
  })
  const trained = await commandLine('train', 'd1', ...recipeFlags, '--epochs', '1', '--home', home, '--json')
    .done
  const lines = trained.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; run?: string })
  expect(lines.map(({ event }) => event)).toEqual(
    expect.arrayContaining(['run', 'started', 'epoch', 'checkpoint']),
  )
  expect(lines.at(-1)).toMatchObject({ event: 'completed', run: 'r1' })
  const { jobs } = await answer(server.api.jobs.$get())
  expect(jobs.map(({ kind, state }) => [kind, state])).toEqual([
    ['train', 'completed'],
    ['import', 'completed'],
  ])

  const wrong = await commandLine('evaluate', 'r9', '--home', home, '--json').done
  expect(wrong.code).toBe(1)
  expect(wrong.err + wrong.out).toContain('r9')

  const long = commandLine('train', 'd1', ...recipeFlags, '--epochs', '1000', '--home', home, '--json')
  while (!long.output.out.includes('"epoch"')) await delay(50)
  long.child.kill('SIGINT')
  const stopped = await long.done
  expect(stopped.code).toBe(130)
  expect(JSON.parse(stopped.out.trim().split('\n').at(-1)!)).toMatchObject({ event: 'stopped', run: 'r2' })
  await server.close()
  expect(existsSync(join(home, 'server', 'server.json'))).toBe(false)
})

async function serverProcess(home: string): Promise<{ child: ChildProcess; discovery: Discovery }> {
  const child = fork(join(root, 'core/server/main.ts'), ['--home', home], { execArgv: [], stdio: 'inherit' })
  const [message] = (await once(child, 'message')) as [ServerMessage]
  if (message.type === 'failed') throw new Error(message.error.message)
  return { child, discovery: message.discovery }
}

const ended = async (child: ChildProcess) => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function until<T>(read: () => Promise<T> | T, enough: (value: T) => boolean): Promise<T> {
  for (let waited = 0; ; waited += 50) {
    const value = await read()
    if (enough(value)) return value
    if (waited > 120_000) throw new Error(`Still ${JSON.stringify(value)}`)
    await delay(50)
  }
}

test('when the server is killed its worker saves and ends, and the next server continues with what waits', async () => {
  const home = newHome()
  const { child, discovery } = await serverProcess(home)
  const add = (kind: string, input: object) =>
    askServer<{ job: Job }>(discovery, 'POST', '/api/jobs', { kind, input }).then(({ job }) => job.id)
  await add('import', { source: pictures, validation: 0, test: 0, seed: 0 })
  await until(
    () => askServer<{ datasets: object[] }>(discovery, 'GET', '/api/datasets'),
    ({ datasets }) => datasets.length > 0,
  )
  const recipe = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 1000 } }
  const first = await add('train', { dataset: 'd1', recipe })
  await until(
    () => askServer<{ job: Job }>(discovery, 'GET', `/api/jobs/${first}`),
    ({ job }) => (job.progress?.epoch ?? 0) > 1,
  )
  await add('train', { dataset: 'd1', recipe: tinyRecipe, name: 'waits' })
  child.kill('SIGKILL')
  await ended(child)

  const registry = openRegistry(join(home, 'registry.sqlite'))
  await until(
    () => registry.leases.reap(),
    () => registry.runs.get('r1').status === 'interrupted',
  )
  const saved = join(home, 'runs/r1/last.safetensors')
  expect(Date.now() - statSync(saved).mtimeMs).toBeLessThan(20_000)
  registry.close()
  expect(existsSync(join(home, 'server', 'server.json'))).toBe(true)

  const second = await serverProcess(home)
  const { jobs } = await until(
    () => askServer<{ jobs: Job[] }>(second.discovery, 'GET', '/api/jobs'),
    ({ jobs }) => jobs.some(({ state }) => state === 'completed'),
  )
  expect(jobs[0]).toMatchObject({ id: 'j3', kind: 'train', run: 'r2' })
  const interrupted = await askServer(second.discovery, 'GET', '/api/runs/r1')
  expect(interrupted).toMatchObject({ status: 'interrupted', error: { code: 'studio-ended' } })
  second.child.disconnect()
  await ended(second.child)
  expect(second.child.exitCode).toBe(0)
  expect(existsSync(join(home, 'server', 'server.json'))).toBe(false)
  expect(existsSync(second.discovery.socket)).toBe(false)
})

test('a server whose parent goes saves what is in training as stopped, and leaves nothing behind', async () => {
  const home = newHome()
  const { child, discovery } = await serverProcess(home)
  const recipe = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 1000 } }
  const { job } = await askServer<{ job: Job }>(discovery, 'POST', '/api/jobs', {
    kind: 'train',
    input: { dataset: pictures, recipe },
  })
  await until(
    () => askServer<{ job: Job }>(discovery, 'GET', `/api/jobs/${job.id}`),
    ({ job }) => (job.progress?.epoch ?? 0) > 1,
  )
  child.disconnect()
  await ended(child)
  const registry = openRegistry(join(home, 'registry.sqlite'))
  expect(registry.runs.get('r1').status).toBe('stopped')
  registry.close()
  expect(readFileSync(join(home, 'server', 'queue.json'), 'utf8')).toContain('"waiting":[]')
})

test('serve prints a link that works once, gives another when asked again, and ends with Ctrl-C', async () => {
  const home = newHome()
  const first = commandLine('serve', '--port', '0', '--home', home, '--json')
  await until(
    () => first.output.out,
    (text) => text.includes('\n'),
  )
  const served = JSON.parse(first.output.out) as { link: string; url: string; pid: number }
  const enter = (link: string) => fetch(link).then(({ status }) => status)
  expect([await enter(served.link), await enter(served.link)]).toEqual([200, 401])
  const second = await commandLine('serve', '--home', home, '--json').done
  const again = JSON.parse(second.out) as typeof served
  expect(again).toMatchObject({ url: served.url, pid: first.child.pid })
  expect(await enter(again.link)).toBe(200)
  first.child.kill('SIGINT')
  expect((await first.done).code).toBe(130)
})
