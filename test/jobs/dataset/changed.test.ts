import { appendFileSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { changedFiles } from '../../../core/dataset/changed.ts'
import { openContext } from '../../../core/jobs/context/context.ts'
import { evaluateRun } from '../../../core/jobs/evaluate.ts'
import type { JobEvent } from '../../../core/jobs/recording/events.ts'
import { imagePath } from '../../../core/dataset/imagePath.ts'
import { exportRun } from '../../../core/jobs/export.ts'
import { importDataset } from '../../../core/jobs/import.ts'
import { predictImages, type PredictInput } from '../../../core/jobs/predict.ts'
import { resumeRun } from '../../../core/jobs/resume.ts'
import { trainRun } from '../../../core/jobs/train.ts'
import { compareRuns } from '../../../core/queries/compare.ts'
import { showRun } from '../../../core/queries/show.ts'
import type { Helper } from '../../../core/server/helper/helper.ts'
import { openPrediction } from '../../../core/server/results/prediction.ts'
import { openUploads } from '../../../core/server/results/uploads.ts'
import { tinyRecipe } from '../../server/support.ts'
import { smallStudio } from '../small.ts'
import { say } from '../../say.ts'
import { english } from '../../../core/messages/en/index.ts'

vi.setConfig({ testTimeout: 60_000 })

const studio = smallStudio()

test('files that were changed since the import are named, and what comes of them is marked', async () => {
  const { folder } = studio
  const events: JobEvent[] = []
  const context = openContext({ home: studio.context.home.folder, emit: (event) => void events.push(event) })
  const notices = (): readonly string[] =>
    events
      .splice(0)
      .flatMap((event) => (event.event === 'notice' && event.code === 'files-changed' ? [say(event)] : []))
  const [first, second] = readdirSync(join(folder, 'test')).slice(0, 2) as [string, string]
  const files = readdirSync(join(folder, 'test', first)).map((name) => join(folder, 'test', first, name))
  const evaluated = (run: string) => evaluateRun(context, { run })

  const { dataset } = await importDataset(context, { source: folder })
  const whole = await trainRun(context, { dataset, recipe: tinyRecipe, name: 'whole' })
  const before = await evaluated(whole.run)
  expect(before).not.toHaveProperty('changedFiles')

  // Touched, and copied back: the same content. Then one of the same size and time, and six of another class.
  const now = new Date()
  utimesSync(files[0]!, now, now)
  writeFileSync(files[1]!, readFileSync(files[1]!))
  const again = await evaluated(whole.run)
  expect(again).not.toHaveProperty('changedFiles')
  expect(notices()).toEqual([])
  const { mtime } = statSync(files[0]!)
  const bytes = readFileSync(files[0]!)
  bytes[bytes.length - 20]! ^= 1
  writeFileSync(files[0]!, bytes)
  utimesSync(files[0]!, mtime, mtime)
  const others = readdirSync(join(folder, 'test', second)).map((name) => join(folder, 'test', second, name))
  for (const [at, file] of files.entries()) if (at > 0) writeFileSync(file, readFileSync(others[at]!))
  const after = await evaluated(whole.run)
  expect(after.changedFiles).toMatchObject({ count: files.length })
  expect(after.changedFiles!.first).toHaveLength(5)
  expect(notices()).toEqual([
    expect.stringMatching(/^6 images differ from version 1 .*\/.*\.png, .* and 1 more\. Results/),
  ])
  expect(context.registry.evaluations.get(after.evaluation).result.changedFiles).toEqual(after.changedFiles)

  // Training reads none of them; then one of its own is changed.
  expect(showRun(context, whole)).not.toHaveProperty('changedFiles')
  const trained = readdirSync(join(folder, 'train', first)).map((name) => join(folder, 'train', first, name))
  writeFileSync(trained[0]!, readFileSync(trained[1]!))
  const marked = await trainRun(context, { dataset, recipe: tinyRecipe, name: 'marked' })
  expect(showRun(context, marked).changedFiles).toMatchObject({ count: 1 })
  expect(notices()).toEqual([expect.stringMatching(/^1 image differs/)])

  // Only evaluations of the same files are compared.
  const compared = (): readonly (readonly string[])[] =>
    compareRuns(context, { runs: [whole.run, marked.run] }).evaluations.map(({ evaluations }) => evaluations)
  for (const file of [...files.keys()]) writeFileSync(files[file]!, readFileSync(files[file]!))
  expect(compared()).toEqual([])
  const same = await evaluated(marked.run)
  expect(compared()).toEqual([[after.evaluation, same.evaluation]])
  const [{ values }] = compareRuns(context, { runs: [whole.run, marked.run] }).settings as unknown as [
    { values: unknown[] },
  ]
  expect(values[1]).toMatch(/1 files? changed/)

  notices()
  const manifest = context.registry.datasets.manifest(dataset)
  const [one, other] = manifest.images.filter(({ split }) => split === 'validation')
  const content = readFileSync(imagePath(manifest, one!))
  writeFileSync(imagePath(manifest, one!), readFileSync(imagePath(manifest, other!)))
  const exported = await exportRun(context, { run: whole.run, format: 'onnx' })
  expect(exported.changedFiles!.count).toBeGreaterThan(0)
  expect(context.registry.exports.get(exported.export).certificate).toMatchObject({
    changedFiles: exported.changedFiles,
  })
  writeFileSync(imagePath(manifest, one!), content)
  context.registry.close()
})

test('a run that is resumed with changed files is marked, and stays so', async () => {
  const { folder } = studio
  const stop = new AbortController()
  const notices: string[] = []
  const context = openContext({
    home: studio.context.home.folder,
    signal: stop.signal,
    emit: (event) => {
      if (event.event === 'epoch') stop.abort()
      if (event.event === 'notice' && event.code === 'files-changed') notices.push(say(event))
    },
  })
  const { dataset } = await importDataset(context, { source: folder })
  const recipe = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 2 } }
  const { run, status } = await trainRun(context, { dataset, recipe, name: 'stopped' })
  expect([status, notices]).toEqual(['stopped', []])
  const [first] = readdirSync(join(folder, 'train')) as [string]
  const [one, other] = readdirSync(join(folder, 'train', first)).map((name) =>
    join(folder, 'train', first, name),
  ) as [string, string]
  const before = readFileSync(one)
  // The first two are the same since the test above.
  writeFileSync(one, Buffer.concat([readFileSync(other), Buffer.from('changed')]))
  const again = openContext({
    home: context.home.folder,
    emit: (event) => void (event.event === 'notice' && notices.push(say(event))),
  })
  const resumed = await resumeRun(again, { run })
  expect(resumed.status).toBe('completed')
  expect(notices).toEqual([expect.stringMatching(/^1 image differs from version \d+ /)])
  writeFileSync(one, before)
  expect(showRun(again, { run }).changedFiles).toMatchObject({ count: 1 })
  again.registry.close()
  context.registry.close()
})

test('what is predicted of a known image says whether its file has changed since', async () => {
  const { context, folder } = studio
  const dataset = context.registry.datasets.list().at(-1)!.id
  const manifest = context.registry.datasets.manifest(dataset)
  const [here, there] = [manifest.images.length - 1, manifest.images.length - 2] as const
  const helper = {
    run: (_: string, input: PredictInput) => predictImages(context, input),
  } as unknown as Helper
  const { registry } = context
  const prediction = openPrediction({ uploads: openUploads(context.home), texts: english, registry, helper })
  const images = [here, there].map((position) => ({ dataset, position }))
  const before = await prediction.known({ run: 'r1', images })
  expect(before).not.toHaveProperty('changed')
  const { path } = manifest.images[here]!
  const bytes = readFileSync(join(folder, path))
  appendFileSync(join(folder, path), 'changed')
  const after = await prediction.known({ run: 'r1', images })
  expect(after.changed).toEqual([path])
  expect(after.predictions).toEqual(before.predictions)
  writeFileSync(join(folder, path), bytes)
})

test('only files that may have changed are read', async () => {
  const { context } = studio
  const manifest = context.registry.datasets.manifest('d1')
  const none = {
    ...manifest,
    images: manifest.images
      .filter(({ split }) => split === 'validation')
      .map((image) => ({ ...image, hash: 'other' })),
  }
  expect(await changedFiles(none, none.images, Date.now() + 1e6)).toBeNull()
})
