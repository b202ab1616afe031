import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findLiveServer } from '../../core/server/discovery.ts'
import { askServer } from '../../core/server/client.ts'
import { resolveHome } from '../../core/jobs/context/home.ts'
import { processorName } from '../reference/processor.ts'
import { openStudio, remove, seen, temporaryFolder, type Ended } from './studio.ts'

// A home that version 0.1.0 has left (test/reference/home010.ts made it) opens, and everything in it still holds.

const fixture = fileURLToPath(new URL('../fixtures/home-0.1.0', import.meta.url))
const folder = temporaryFolder()
const home = join(folder, 'home')
const images = join(folder, 'images')
const studio = openStudio(home)

interface Expected {
  readonly cpu: string
  readonly epochs: readonly Epoch[]
  /** First half of the SHA-256 of each tensor in the finished run’s last checkpoint. */
  readonly tensors: Readonly<Record<string, string>>
}

interface Epoch {
  readonly epoch: number
  readonly trainingLoss: number
  readonly trainingError: number
  readonly validation: { readonly loss: number; readonly top1Error: number; readonly top5Error: null }
}

const expected = JSON.parse(readFileSync(join(fixture, 'expected.json'), 'utf8')) as Expected
/** Other processors add in another order. */
const sameProcessor = processorName() === expected.cpu
let moved: Ended

beforeAll(async () => {
  cpSync(join(fixture, 'home'), home, { recursive: true })
  cpSync(join(fixture, 'images'), images, { recursive: true })
  moved = await studio.run('import', images, '--moved', 'clothes', '--json')
})
afterAll(() => remove(folder))

test('it opens, and lists its runs with their states and results', async () => {
  const { json } = await studio.run('runs', '--json')
  const runs = (json['runs'] as Record<string, unknown>[]).sort((a, b) =>
    String(a['run']) < String(b['run']) ? -1 : 1,
  )
  expect(runs.map(({ run, name, status }) => [run, name, status])).toEqual([
    ['r1', 'complete', 'completed'],
    ['r2', 'diverged', 'failed'],
    ['r3', 'stopped', 'stopped'],
    ['r4', 'killed', 'interrupted'],
  ])
  expect(runs[0]).toMatchObject({ best: expect.objectContaining({ top1Error: 6 / 9 }) })
})

test('its images are found where they lie now', () => {
  expect(moved.stderr).toBe('')
  expect(moved.code).toBe(0)
})

test('its stored sentences still show', async () => {
  const { stdout } = await studio.run('show', 'diverged')
  expect(stdout).toContain('The loss became infinite in epoch 1, update 2.')
  const { json } = await studio.run('show', 'diverged', '--json')
  expect(json).toMatchObject({
    error: {
      code: 'diverged',
      message: 'The loss became infinite in epoch 1, update 2.',
      hint: expect.any(String),
    },
  })
})

test('its evaluations keep their numbers, and the same evaluation gives them again', async () => {
  const before = (await studio.run('show', 'complete', '--json')).json
  expect(before['evaluations']).toEqual([
    expect.objectContaining({ evaluation: 'e1', split: 'test', checkpoint: 'best' }),
    expect.objectContaining({ evaluation: 'e2', split: 'test', checkpoint: 'best' }),
  ])
  const [stored] = before['evaluations'] as Record<string, unknown>[]
  const { json } = await studio.run('evaluate', 'complete', '--views', 'center', '--scales', '37', '--json')
  expect(json['top1Error']).toBe(stored!['top1Error'])
})

/** That version did not say how many images its numbers were of. */
const withoutImages = ({ images, ...numbers }: Record<string, unknown>): object => {
  expect(images).toBe(9)
  return numbers
}

test('its stopped run resumes as version 0.1.0 would have resumed it', async () => {
  const { lines, code } = await studio.run('resume', 'stopped', '--json')
  expect(code).toBe(0)
  const epochs = lines
    .filter(({ event }) => event === 'epoch')
    .map(({ epoch, trainingLoss, trainingError, validation }) => ({
      epoch,
      trainingLoss,
      trainingError,
      validation: withoutImages(validation as Record<string, unknown>),
    }))
  if (sameProcessor) expect(epochs).toEqual(expected.epochs)
  else expect(epochs).toEqual(expected.epochs.map(nearly))
  if (sameProcessor)
    expect(tensorHashes(join(home, 'runs', 'r3', 'last.safetensors'))).toEqual(expected.tensors)
})

test('its recipes are accepted as they were stored', async () => {
  const { json } = await studio.run('show', 'stopped', '--json')
  const recipe = JSON.stringify(json['recipe'])
  const flags = Object.entries(JSON.parse(recipe) as object).map(
    ([key, value]) => `${key}=${JSON.stringify(value)}`,
  )
  const again = await studio.run(
    ...['train', 'clothes', '--name', 'again', '--epochs', '1', '--json'],
    ...flags.flatMap((flag) => ['--set', flag]),
  )
  expect(again.stderr).toBe('')
  expect(again.json).toMatchObject({ event: 'completed' })
})

test('its checkpoints predict, and export', async () => {
  const bags = join(images, 'bag')
  const picture = join(
    bags,
    readdirSync(bags)
      .filter((name) => name !== 'broken.png')
      .sort()[0]!,
  )
  const predicted = (await studio.run('predict', 'complete', picture, '--json')).json
  expect(predicted).toMatchObject({ predictions: [{ classes: expect.any(Array) }], failures: [] })
  const exported = await studio.run(
    'export',
    'complete',
    '--format',
    'onnx',
    '--out',
    join(folder, 'export'),
    '--json',
  )
  expect(exported.json).toMatchObject({ certificate: { passed: true } })
})

test('its queued job is there when the application opens, and is done', async () => {
  const { child, ended } = studio.start('serve', '--port', '0', '--json')
  await seen(child, 'serving')
  const live = (await findLiveServer(resolveHome(home)))!
  for (let waited = 0; ; waited += 100) {
    const { jobs } = await askServer<{ jobs: { id: string; title: string; state: string }[] }>(
      live,
      'GET',
      '/api/jobs',
    )
    const job = jobs.find(({ id }) => id === 'j2')
    expect(job).toMatchObject({ title: 'Train A on clothes: waiting' })
    if (job!.state === 'completed') break
    expect(['queued', 'running']).toContain(job!.state)
    if (waited > 100_000) throw new Error('It takes too long.')
    await delay(100)
  }
  child.kill('SIGINT')
  await ended
})

test('a list that is piped keeps all its columns and whole names, however wide it gets', async () => {
  const name = 'a-run-whose-name-is-longer-than-what-a-terminal-of-a-hundred-columns-has-left-for-it'
  const database = new Database(join(home, 'registry.sqlite'))
  database.prepare('UPDATE runs SET name = ? WHERE id = 3').run(name)
  database.close()
  const { stdout } = await studio.run('runs')
  const [head, ...rows] = stdout.split('\n')
  expect(head).toMatch(/^run +name .* created$/)
  expect(rows[2]).toMatch(new RegExp(`^r3 +${name} .*\\d:\\d\\d$`))
})

const nearly = ({ epoch, trainingLoss, trainingError, validation }: Epoch): object => ({
  epoch,
  trainingLoss: expect.closeTo(trainingLoss, 2),
  trainingError: expect.closeTo(trainingError, 1),
  validation: { ...validation, loss: expect.closeTo(validation.loss, 2), top1Error: expect.any(Number) },
})

function tensorHashes(file: string): Record<string, string> {
  const bytes = readFileSync(file)
  const start = 8 + Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.subarray(8, start).toString('utf8')) as Record<
    string,
    { data_offsets?: [number, number] }
  >
  const hashes = Object.entries(header).flatMap(([name, { data_offsets: range }]) =>
    range
      ? [
          [
            name,
            createHash('sha256')
              .update(bytes.subarray(start + range[0], start + range[1]))
              .digest('hex')
              .slice(0, 16),
          ],
        ]
      : [],
  )
  return Object.fromEntries(hashes) as Record<string, string>
}
