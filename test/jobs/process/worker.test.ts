import { execFile } from 'node:child_process'
import { cpSync, readdirSync, renameSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  catalog,
  jobKinds,
  trains,
  type JobInputs,
  type JobKind,
  type JobResults,
} from '../../../core/jobs/catalog.ts'
import type { Home } from '../../../core/jobs/context/home.ts'
import { processRunner } from '../../../core/jobs/process/processRunner.ts'
import type { Assignment, JobOutcome, JobRunner } from '../../../core/jobs/process/runner.ts'
import { startJob } from '../../../core/jobs/process/startJob.ts'
import { openRecorder } from '../../../core/jobs/recording/recorder.ts'
import { trainRun } from '../../../core/jobs/train.ts'
import { remove, temporaryFolder, tinyRecipe } from '../../server/support.ts'
import { smallStudio } from '../small.ts'

vi.setConfig({ testTimeout: 240_000 })

const studio = smallStudio()
const refusing = smallStudio()

/** Carries the files of a home folder to another one, all but the registry. */
const carry = (from: string, to: string): void =>
  cpSync(from, to, {
    recursive: true,
    force: true,
    filter: (path) => !relative(from, path).startsWith('registry'),
  })

/** Works in another home folder, to which only files come, and orders as text. */
function elsewhere(home: Home): { readonly runner: JobRunner; readonly place: string } {
  const place = temporaryFolder()
  onTestFinished(() => remove(place))
  return {
    place,
    runner: {
      start(start) {
        carry(home.folder, place)
        const assignment = JSON.parse(JSON.stringify(start.assignment)) as Assignment
        const job = processRunner.start({ ...start, assignment, home: place })
        const ended = job.ended.then((outcome) => {
          carry(place, home.folder)
          return outcome
        })
        return { pid: job.pid, send: job.send, kill: job.kill, ended }
      },
    },
  }
}

test('every job works without a registry: its order and files are all that it needs, and its parent records', async () => {
  const { context, folder } = studio
  const { registry, home } = context
  const { runner, place } = elsewhere(home)
  const done = new Set<JobKind>()
  const onEvent = openRecorder(context, () => undefined)
  const work = async <Kind extends JobKind>(
    kind: Kind,
    input: JobInputs[Kind],
  ): Promise<JobResults[Kind]> => {
    const outcome = await startJob(runner, { kind, input, context, onEvent }).ended
    expect(outcome, kind).toMatchObject({ kind: 'result' })
    expect(
      readdirSync(place).filter((name) => name.startsWith('registry')),
      kind,
    ).toEqual([])
    done.add(kind)
    const { result } = outcome as Extract<JobOutcome, { kind: 'result' }>
    return result as JobResults[Kind]
  }

  const { dataset, health } = await work('import', { source: folder, name: 'pictures' })
  expect(registry.datasets.get('pictures')).toMatchObject({ id: dataset, version: 1 })
  expect(health).toBeDefined()
  const { run } = await trainRun(context, { dataset, recipe: tinyRecipe })

  const first = await work('evaluate', { run, split: 'validation' })
  expect(registry.evaluations.predictions(first.evaluation)).toHaveLength(first.images)
  const { temperature } = await work('calibrate', { run })
  expect(registry.temperatures.list(run)).toMatchObject([{ evaluation: first.evaluation, temperature }])

  const second = await work('evaluate', { run, split: 'validation', flips: true })
  const { ensemble } = await work('ensemble', { members: [first.evaluation, second.evaluation] })
  expect(registry.ensembles.get(ensemble).members).toEqual([first.evaluation, second.evaluation])

  const table = await work('table', { runs: [run], views: 'center', flips: true, together: true })
  const [row] = table.rows
  expect(row!.cells).toMatchObject([
    { evaluation: expect.stringMatching(/^\w+$/), images: expect.any(Number) },
  ])
  const flipped = registry.evaluations.list(run).filter(({ split }) => split === 'test')
  expect(flipped).toHaveLength(1)

  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.\w+$/.test(name),
  )
  const predicted = await work('predict', { run, images: [join(folder, files[0]!)], calibrated: true })
  expect(predicted).toMatchObject({ temperature, failures: [] })
  const exported = await work('export', { run, format: 'onnx' })
  expect(registry.exports.get(exported.export)).toMatchObject({ run, path: exported.path })
  expect(exported.path).toBe(join(home.exports, `${run}-onnx`, 'model.onnx'))

  expect(await work('difference', { dataset })).toMatchObject({ dataset, missing: [], added: [] })
  const moved = join(temporaryFolder(), 'moved')
  onTestFinished(() => remove(join(moved, '..')))
  renameSync(folder, moved)
  expect(await work('relocate', { dataset, folder: moved })).toMatchObject({ dataset, changed: false })
  expect(registry.datasets.get(dataset).root).toBe(moved)

  const weights = fileURLToPath(new URL('../../fixtures/weights/files/keras-D.h5', import.meta.url))
  const kept = await work('importWeights', { source: weights, dataset })
  expect(kept.tried!.length).toBeGreaterThan(1)

  // What they need is their input: it names nothing of the registry.
  const others = jobKinds.filter((kind) => !trains(kind) && !done.has(kind))
  expect(others).toEqual(['install', 'uninstall', 'getWeights'])
  for (const kind of ['install', 'uninstall', 'getWeights'] as const) {
    const input = { name: 'anything' }
    expect(await catalog[kind].order(context, input)).toBe(input)
  }
})

test('what the registry refuses of a row, its job fails with', async () => {
  const { context, folder } = refusing
  const { registry } = context
  const { run } = await trainRun(context, { dataset: folder, recipe: tinyRecipe })
  let isThere = true
  const job = startJob(processRunner, {
    kind: 'evaluate',
    input: { run },
    context,
    onEvent(event) {
      if (event.event === 'progress' && isThere) registry.runs.remove(run)
      isThere &&= event.event !== 'progress'
    },
  })
  const outcome = await job.ended
  expect(isThere).toBe(false)
  expect(outcome).toMatchObject({ kind: 'failed', stopped: false })
})

test('a job that names what is not there fails before a process is started', async () => {
  const { context } = studio
  const never: JobRunner = {
    start() {
      throw new Error('started')
    },
  }
  const start = (input: unknown): Promise<JobOutcome> =>
    startJob(never, { kind: 'evaluate', input, context, onEvent: () => undefined }).ended
  expect(await start({ run: 'r999' })).toMatchObject({ kind: 'failed', error: { code: 'not-found' } })
  expect(await start({ runs: 'r999' })).toMatchObject({ kind: 'failed', error: { code: 'invalid-request' } })
})

test('what makes orders loads no library that decodes or computes', async () => {
  const files = jobKinds.filter((kind) => !trains(kind)).map((kind) => `../../../core/jobs/${kind}.ts`)
  const modules = files.map((file) => new URL(file, import.meta.url).href)
  const code = `
    for (const module of ${JSON.stringify(modules)}) await import(module)
    console.log(JSON.stringify(process.report.getReport().sharedObjects))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], {
    maxBuffer: 1e8,
  })
  const loaded = JSON.parse(stdout) as string[]
  expect(loaded.length).toBeGreaterThan(0)
  expect(loaded.filter((file) => /vips|sharp|onnxruntime|tensorflow|napi-rs/.test(file))).toEqual([])
})
