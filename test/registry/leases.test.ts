import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { leaseTable, leaseTimeout } from '../../core/registry/leases.ts'
import { isAlive, thisProcess, type ProcessIdentity } from '../../core/base/processIdentity.ts'
import { manifestOf, newRegistry, options, temporaryFolder } from './sample.ts'

function setUp() {
  const file = join(temporaryFolder(), 'registry.sqlite')
  const registry = newRegistry(file)
  const dataset = registry.datasets.add(manifestOf('/data/pets'), options)
  registry.runs.create({ suggestion: 'pets-A', dataset: dataset.id, recipe: {} })
  const database = new Database(file)
  onTestFinished(() => void database.close())
  /** Leases as another process would take them. */
  const leasesOf = (identity: ProcessIdentity) => leaseTable(database, identity)
  const beatAt = (time: number) => database.prepare('UPDATE runs SET lease_heartbeat = ?').run(time)
  return { file, registry, leasesOf, beatAt }
}

async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return child.pid!
}

const busy = expect.objectContaining({ code: 'run-busy' })

test('a process knows itself to be alive', () => {
  expect(isAlive(thisProcess())).toBe(true)
  expect(thisProcess()).toEqual(thisProcess())
  expect(thisProcess().started).not.toBe('')
})

test('a claimed run is running, and nobody else can claim or delete it', () => {
  const { registry } = setUp()
  registry.leases.claim('r1')
  expect(registry.runs.get('r1')).toMatchObject({ status: 'running', ended: null })
  expect(() => registry.leases.claim('r1')).toThrow(busy)
  expect(() => registry.runs.remove('r1')).toThrow(busy)
  expect(registry.leases.reap()).toEqual([])
})

test('a run that has ended can be claimed again; its first start stays', async () => {
  const { registry } = setUp()
  registry.leases.claim('r1')
  const { started } = registry.runs.get('r1')
  registry.runs.end('r1', 'failed', { code: 'diverged', message: 'The loss is not a number.' })
  expect(registry.runs.get('r1')).toMatchObject({ status: 'failed', error: { code: 'diverged' } })
  await new Promise((resolve) => setTimeout(resolve, 5))
  registry.leases.claim('r1')
  expect(registry.runs.get('r1')).toMatchObject({ status: 'running', error: null, ended: null, started })
})

test('a run whose process is gone is interrupted, as of its last heartbeat', async () => {
  const { registry, leasesOf, beatAt } = setUp()
  leasesOf({ ...thisProcess(), pid: await endedProcess() }).claim('r1')
  beatAt(Date.UTC(2026, 0, 1))
  expect(registry.leases.reap()).toEqual(['r1'])
  expect(registry.runs.get('r1')).toMatchObject({ status: 'interrupted', ended: '2026-01-01T00:00:00.000Z' })
  registry.leases.claim('r1')
})

test('opening the registry is enough to find it interrupted', async () => {
  const { file, registry, leasesOf } = setUp()
  leasesOf({ ...thisProcess(), pid: await endedProcess() }).claim('r1')
  expect(registry.runs.get('r1').status).toBe('running')
  expect(newRegistry(file).runs.get('r1').status).toBe('interrupted')
})

test('a process id that another program has got since keeps no run alive', () => {
  const { registry, leasesOf } = setUp()
  leasesOf({ ...thisProcess(), started: 'long before' }).claim('r1')
  expect(registry.leases.reap()).toEqual(['r1'])
})

test("another machine's run lives as long as its heart beats", () => {
  const { registry, leasesOf, beatAt } = setUp()
  const elsewhere = leasesOf({ host: 'elsewhere', pid: 1, started: 'then' })
  elsewhere.claim('r1')
  expect(registry.leases.reap()).toEqual([])
  expect(() => registry.leases.claim('r1')).toThrow(busy)
  beatAt(Date.now() - leaseTimeout - 1000)
  expect(elsewhere.heartbeat('r1')).toBe(true)
  expect(registry.leases.reap()).toEqual([])
  beatAt(Date.now() - leaseTimeout - 1000)
  expect(registry.leases.reap()).toEqual(['r1'])
  expect(elsewhere.heartbeat('r1')).toBe(false)
})

test('a sign of life from the future tells nothing: the run is not called busy, and can be taken over or deleted', () => {
  const { registry, leasesOf, beatAt } = setUp()
  const elsewhere = leasesOf({ host: 'elsewhere pid:[1]', pid: 1, started: 'then' })
  elsewhere.claim('r1')
  beatAt(Date.now() + 365 * 24 * 3_600_000)
  // Nothing is done by itself: it may be alive there.
  expect(registry.leases.reap()).toEqual([])
  expect(registry.runs.get('r1')).toMatchObject({
    status: 'interrupted',
    error: { code: 'unknown-heartbeat', values: { machine: 'elsewhere' } },
  })
  registry.leases.claim('r1')
  expect(registry.runs.get('r1').status).toBe('running')
  expect(elsewhere.heartbeat('r1')).toBe(false)
})

test('a clock that is some minutes fast keeps its run', () => {
  const { registry, leasesOf, beatAt } = setUp()
  leasesOf({ host: 'elsewhere', pid: 1, started: 'then' }).claim('r1')
  beatAt(Date.now() + 5 * 60_000)
  expect(() => registry.leases.claim('r1')).toThrow(busy)
})
