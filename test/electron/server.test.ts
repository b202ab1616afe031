import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test, vi } from 'vitest'
import { ask } from '../../electron/client.ts'
import { superviseServer, type StudioServer } from '../../electron/server.ts'
import { remove, temporaryFolder } from '../server/support.ts'
import { startServer } from '../../core/server/start.ts'

// Real processes, on machines that are busy with the other tests: slow is no failure.
vi.setConfig({ testTimeout: 180_000 })

const entry = fileURLToPath(new URL('../../core/server/launch.js', import.meta.url))
const folders: string[] = []
afterAll(() => remove(...folders))

function newHome(): string {
  folders.push(temporaryFolder())
  return folders.at(-1)!
}

const processOf = (home: string): number =>
  (JSON.parse(readFileSync(join(home, 'server', 'server.json'), 'utf8')) as { pid: number }).pid

async function changed(server: StudioServer, before: string): Promise<string> {
  for (let tries = 0; tries < 2400; tries++) {
    const now = await server.target().catch(() => null)
    if (now && now.socket !== before) return now.socket
    await delay(50)
  }
  throw new Error('It stays the same.')
}

test('a server that dies is restarted; with the application it ends', async () => {
  const home = newHome()
  const server = superviseServer({ node: process.execPath, entry, home })
  const { socket } = await server.target()
  expect(await ask(server, 'GET', '/api/settings')).toMatchObject({ theme: 'system' })
  expect(server.own).toBe(true)
  process.kill(processOf(home), 'SIGKILL')
  await changed(server, socket)
  expect(await ask(server, 'GET', '/api/settings')).toMatchObject({ theme: 'system' })
  const pid = processOf(home)
  await server.stop()
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

test('a server is started once that is allowed, and never where it is not', async () => {
  const allowed = Promise.withResolvers<boolean>()
  const home = newHome()
  const server = superviseServer({ node: process.execPath, entry, home, allowed: allowed.promise })
  const asked = server.target()
  await delay(1500)
  expect(existsSync(join(home, 'server', 'server.json'))).toBe(false)
  allowed.resolve(true)
  expect((await asked).socket).toBeTruthy()
  await server.stop()
  const never = { node: process.execPath, entry, home: newHome() }
  const refused = superviseServer({ ...never, allowed: Promise.resolve(false) })
  await expect(refused.target()).rejects.toThrow('not started')
  await refused.stop()
  const unknown = superviseServer({ ...never, allowed: Promise.reject(new Error('unreadable')) })
  await expect(unknown.target()).rejects.toThrow('unreadable')
  const closed = superviseServer({ ...never, allowed: delay(50, true) })
  await closed.stop()
  await expect(closed.target()).rejects.toThrow('not started')
  expect(existsSync(join(never.home, 'server', 'server.json'))).toBe(false)
})

test('a server that somebody else has started is joined, left alone at the end, and replaced when it goes', async () => {
  const home = newHome()
  const other = await startServer({ home })
  const first = superviseServer({ node: process.execPath, entry, home })
  expect((await first.target()).socket).toBe(other.discovery.socket)
  expect(first.own).toBe(false)
  await first.stop()
  const second = superviseServer({ node: process.execPath, entry, home })
  await second.target()
  await other.close()
  await expect(ask(second, 'GET', '/api/settings')).rejects.toThrow()
  second.missed()
  second.missed()
  await changed(second, other.discovery.socket)
  expect(second.own).toBe(true)
  expect(await ask(second, 'GET', '/api/settings')).toMatchObject({ theme: 'system' })
  await second.stop()
})

test('a server that can’t start is given up with its reason', async () => {
  const givenUp = Promise.withResolvers<Error>()
  const home = join(newHome(), 'file')
  const { writeFileSync } = await import('node:fs')
  writeFileSync(home, 'in the way')
  const server = superviseServer({ node: process.execPath, entry, home, onGivenUp: givenUp.resolve })
  await expect(server.target()).rejects.toThrow()
  expect((await givenUp.promise).message).toMatch(/registry|folder|ENOTDIR/i)
  const crashing = Promise.withResolvers<Error>()
  const broken = join(newHome(), 'broken.mjs')
  writeFileSync(broken, 'process.exit(3)')
  const patience = { deaths: 2, within: 60_000 }
  superviseServer({ node: process.execPath, entry: broken, patience, onGivenUp: crashing.resolve })
  expect((await crashing.promise).message).toContain('keeps ending')
})

test('an application that ends while its server is starting leaves none behind', async () => {
  const home = newHome()
  const server = superviseServer({ node: process.execPath, entry, home })
  await server.stop()
  expect(existsSync(join(home, 'server', 'server.json'))).toBe(false)
})
