import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { copySample, openStudio, remove, seen, tiny, type Ended } from './studio.ts'
import { isUnix, onlyUnix } from '../unless.ts'

const source = copySample(12, 0)
const studio = openStudio()
afterAll(() => remove(studio.home, source))

// Windows has no signals that another process could answer: child.kill ends it.
const testSignals = (name: string, body: () => Promise<void>) =>
  test.skipIf(!isUnix)(`${name}${onlyUnix}`, body)

const training = ['train', source, ...tiny, '--epochs', '4', '--json']

function losses({ lines }: Ended): number[] {
  return lines.filter(({ event }) => event === 'epoch').map(({ trainingLoss }) => trainingLoss as number)
}

testSignals(
  'Ctrl-C stops after the step and saves, and resume continues as if nothing had happened',
  async () => {
    const whole = await studio.run(...training)
    expect(losses(whole)).toHaveLength(4)

    const { child, ended } = studio.start(...training)
    await seen(child, 'epoch', 2)
    child.kill('SIGINT')
    const stopped = await ended
    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toContain('Ctrl-C')
    expect(stopped.json).toMatchObject({ event: 'stopped', run: 'r2' })
    expect((await studio.run('show', 'r2', '--json')).json).toMatchObject({ status: 'stopped' })
    expect(existsSync(join(studio.home, 'runs', 'r2', 'last.safetensors'))).toBe(true)

    const resumed = await studio.run('resume', 'r2', '--json')
    expect(resumed.code).toBe(0)
    expect(resumed.json).toMatchObject({ event: 'completed', run: 'r2' })
    const shown = (await studio.run('show', 'r2', '--json')).json
    const continued = (shown['epochs'] as { trainingLoss: number }[]).map(({ trainingLoss }) => trainingLoss)
    expect(continued).toHaveLength(4)
    losses(whole).forEach((loss, epoch) => expect(continued[epoch]! / loss).toBeCloseTo(1, 5))
  },
)

test('a complete run has nothing to resume', async () => {
  const done = await studio.run('train', source, ...tiny, '--epochs', '1', '--json')
  const { code, json } = await studio.run('resume', done.json['run'] as string, '--json')
  expect(code).toBe(1)
  expect(json).toMatchObject({ event: 'failed', error: { code: 'run-completed' } })
})

testSignals('two Ctrl-C at once, as npx passes them on, are one', async () => {
  const { child, ended } = studio.start(...training)
  await seen(child, 'epoch')
  child.kill('SIGINT')
  child.kill('SIGINT')
  const { code, json } = await ended
  expect(code).toBe(130)
  expect(json).toMatchObject({ event: 'stopped' })
})

testSignals(
  'a run belongs to one process; when that is killed, the run is interrupted and can be resumed',
  async () => {
    const { child, ended } = studio.start(
      ...training.slice(0, -1),
      '--name',
      'killed',
      '--set',
      'optimization.epochs=500',
      '--json',
    )
    await seen(child, 'checkpoint')

    expect((await studio.run('show', 'killed', '--json')).json).toMatchObject({ status: 'running' })
    for (const command of ['resume', 'delete']) {
      const refused = await studio.run(command, 'killed', '--json')
      expect(refused.code).toBe(1)
      expect(refused.json).toMatchObject({ event: 'failed', error: { code: 'run-busy' } })
    }
    // Others may train in the same home meanwhile.
    const other = await studio.run('train', source, ...tiny, '--epochs', '1', '--json')
    expect(other.json).toMatchObject({ event: 'completed' })

    child.kill('SIGKILL')
    await ended
    const shown = (await studio.run('show', 'killed', '--json')).json
    expect(shown).toMatchObject({ status: 'interrupted' })

    const resumed = studio.start('resume', 'killed', '--json')
    await seen(resumed.child, 'epoch')
    resumed.child.kill('SIGTERM')
    const stopped = await resumed.ended
    expect(stopped.code).toBe(143)
    const { position } = stopped.lines.find(({ event }) => event === 'started')! as unknown as {
      position: { step: number }
    }
    expect(position.step).toBeGreaterThan(0)
    expect((await studio.run('delete', 'killed')).code).toBe(0)
  },
)

testSignals('Ctrl-C before the first step ends well, too', async () => {
  const { child, ended } = studio.start(...training)
  await seen(child, 'run')
  child.kill('SIGINT')
  expect((await ended).code).toBe(130)
  const { json } = await studio.run('show', 'last', '--json')
  expect(json).toMatchObject({ status: 'stopped' })
  expect((await studio.run('resume', 'last', '--json')).json).toMatchObject({ event: 'completed' })
})

testSignals('Ctrl-C cancels other commands with the same exit code', async () => {
  const { child, ended } = studio.start('demo')
  await once(child.stderr!, 'data')
  child.kill('SIGINT')
  const { code, stdout, stderr } = await ended
  expect([code, stdout]).toEqual([130, ''])
  expect(stderr).toMatch(/Canceled\.\n$/)
})

test('a loss that is no number ends the run with advice', async () => {
  const { code, json, stderr } = await studio.run(
    ...[
      'train',
      source,
      ...tiny,
      '--epochs',
      '2',
      '--learning-rate',
      '1e30',
      '--set',
      'network.batchNorm=false',
      '--json',
    ],
  )
  expect(code).toBe(1)
  expect(stderr).toMatch(/^Note: A learning rate of .*\nError: /)
  expect(json).toMatchObject({
    event: 'failed',
    run: expect.stringMatching(/^r\d+$/),
    error: { code: 'diverged', hint: expect.stringMatching(/rate/) },
  })
  const shown = (await studio.run('show', 'last', '--json')).json
  expect(shown).toMatchObject({ status: 'failed', error: { code: 'diverged' } })
})
