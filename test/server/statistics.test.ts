import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { answer, refusal, remove, smallFolder, testServer, tinyRecipe, type TestServer } from './support.ts'

vi.setConfig({ testTimeout: 120_000 })

/** The statistics' routes, of two runs of one setting that were evaluated on 18 test images. */
const folder = smallFolder()
let server: TestServer

beforeAll(async () => {
  server = await testServer()
  const { api } = server
  const start = async (json: object) => {
    const { job } = await answer(api.jobs.$post({ json: json as never }))
    return server.settled(job, ['completed'])
  }
  await start({ kind: 'train', input: { dataset: folder, recipe: tinyRecipe } })
  await start({ kind: 'train', input: { dataset: 'd1', recipe: { ...tinyRecipe, seed: 1 } } })
  for (const run of ['r1', 'r2']) await start({ kind: 'evaluate', input: { run } })
  await start({ kind: 'evaluate', input: { run: 'r2', views: 'dense' } })
}, 240_000)
afterAll(async () => {
  await server.close()
  remove(folder, server.home)
})

test('an evaluation’s statistics, and curves of its classes', async () => {
  const { statistics } = server.api
  const found = await answer(statistics[':evaluation'].$get({ param: { evaluation: 'e1' } }))
  expect(found).toMatchObject({ evaluation: 'e1', run: 'r1', split: 'test', images: 18, temperature: null })
  expect(found.calibration.equalWidth.bins).toHaveLength(15)
  expect(found.calibration.equalWidth.noiseFloor.mean).toBeGreaterThan(0)
  expect(found.classes).toHaveLength(3)
  const asked = { param: { evaluation: 'e1' }, query: { labels: '0,2' } }
  const { curves } = await answer(statistics[':evaluation'].curves.$get(asked))
  expect(curves.map(({ label, positives }) => [label, positives])).toEqual([
    [0, 6],
    [2, 6],
  ])
  expect(await refusal(statistics[':evaluation'].$get({ param: { evaluation: 'e9' } }))).toMatchObject({
    status: 404,
    code: 'not-found',
  })
  const wrong = { param: { evaluation: 'e1' }, query: { labels: 'first' } }
  expect(await refusal(statistics[':evaluation'].curves.$get(wrong))).toMatchObject({
    status: 400,
    code: 'invalid-request',
  })
})

test('differences of evaluations by one protocol, and the reason where there is none', async () => {
  const { differences } = server.api.statistics
  const found = await answer(differences.$get({ query: { evaluations: 'e1,e2' } }))
  expect(found.notCompared).toBeNull()
  expect(found.differences).toMatchObject([
    { images: 18, comparisons: 1, first: { run: 'r1' }, second: { run: 'r2' }, decidedBy: 'mcnemar' },
  ])
  expect(found.seeds!.groups.map(({ spread }) => spread.n)).toEqual([2])
  const other = await answer(differences.$get({ query: { evaluations: 'e1,e3' } }))
  expect(other).toMatchObject({ differences: [], notCompared: { code: 'other-protocols' }, seeds: null })
  expect(await refusal(differences.$get({ query: { evaluations: 'e1' } }))).toMatchObject({ status: 400 })
})

test('slices: by a property, saved by a range and by a selection, and deleted', async () => {
  const { slices } = server.api.statistics
  const bySize = await answer(slices.$get({ query: { evaluations: 'e1,e2', by: 'class' } }))
  expect(bySize).toMatchObject({ images: 18, split: 'test', notCompared: null })
  expect(bySize.slices.map(({ results }) => results.map(({ images }) => images))).toEqual([
    [6, 6],
    [6, 6],
    [6, 6],
  ])
  const definition = { by: 'size' as const, low: null, high: 64 }
  const range = await slices.$post({ json: { dataset: 'd1', name: 'small', of: { definition } } })
  expect(range.status).toBe(201)
  const selection = { evaluation: 'e1', label: 1 }
  await answer(slices.$post({ json: { dataset: 'd1', name: 'second class', of: { selection } } }))
  const saved = await answer(slices.$get({ query: { evaluations: 'e1,e2', by: 'saved' } }))
  expect(saved.slices.map(({ name, results }) => [name, results[0]!.images])).toEqual([
    ['small', 18],
    ['second class', 6],
  ])
  expect(await answer(slices.$delete({ json: { dataset: 'd1', name: 'small' } }))).toEqual({
    deleted: 'small',
  })
  expect(await refusal(slices.$delete({ json: { dataset: 'd1', name: 'small' } }))).toMatchObject({
    status: 404,
    code: 'unknown-slice',
  })
  const empty = { dataset: 'd1', name: 'none', of: { definition: { by: 'class' as const, class: 'none' } } }
  expect(await refusal(slices.$post({ json: empty }))).toMatchObject({ status: 400, code: 'invalid-slice' })
})

test('a temperature is fitted by a job, shown with the run, and used for predictions on request', async () => {
  const { api } = server
  const images = [{ dataset: 'd1', position: 0 }]
  expect(await refusal(api.predict.$post({ json: { run: 'r1', calibrated: true, images } }))).toMatchObject({
    code: 'no-temperature',
  })
  const { job } = await answer(api.statistics.calibrate.$post({ json: { run: 'r1', like: 'e1' } }))
  await server.settled(job, ['completed'])
  const { temperatures } = await answer(api.runs[':run'].$get({ param: { run: 'r1' } }))
  expect(temperatures).toMatchObject([{ checkpoint: 'best', images: 18 }])
  const predicted = await answer(api.predict.$post({ json: { run: 'r1', calibrated: true, images } }))
  expect(predicted.temperature).toBe(temperatures[0]!.temperature)
  const plain = await answer(api.predict.$post({ json: { run: 'r1', images } }))
  expect(plain.temperature).toBeUndefined()
  const { calibrated } = await answer(api.statistics[':evaluation'].$get({ param: { evaluation: 'e1' } }))
  expect(calibrated!.images).toBe(18)
})

test('the seeds of a setting, and those that it lacks, queued by one request', async () => {
  const seeds = server.api.statistics.seeds[':run']
  const param = { run: 'r1' }
  const before = await answer(seeds.$get({ param }))
  expect(before.runs.map(({ run, seed, evaluation }) => [run, seed, evaluation?.images])).toEqual([
    ['r1', 0, 18],
    ['r2', 1, 18],
  ])
  expect([before.validation!.n, before.evaluation!.spread.n]).toEqual([2, 2])
  const { jobs } = await answer(seeds.$post({ param, json: { count: 3 } }))
  expect(jobs).toHaveLength(1)
  await server.settled(jobs[0]!, ['completed'])
  const after = await answer(seeds.$get({ param }))
  expect(after.runs.map(({ seed }) => seed)).toEqual([0, 1, 2])
  expect([after.validation!.n, after.evaluation!.spread.n]).toEqual([3, 2])
  expect((await answer(seeds.$post({ param, json: { count: 3 } }))).jobs).toEqual([])
  const last = { param: { run: after.runs[2]!.run } }
  await answer(server.api.runs[':run'].$delete(last))
  expect((await answer(seeds.$get({ param }))).validation!.n).toBe(2)
  await answer(server.api.runs[':run'].restore.$post(last))
  expect((await answer(seeds.$get({ param }))).validation!.n).toBe(3)
  expect(await refusal(seeds.$post({ param, json: { count: 1 } }))).toMatchObject({ status: 400 })
})

test('a report of runs, in the metric that was chosen', async () => {
  const { api } = server
  const reportOf = async (): Promise<Response> => {
    const headers = { authorization: `Bearer ${server.discovery.token}` }
    return fetch(`${server.url}/api/statistics/report?runs=r1,r2`, { headers })
  }
  const page = await reportOf()
  expect(page.headers.get('content-disposition')).toBe('attachment; filename="report-r1-r2.html"')
  expect(await page.text()).toMatch(/^<!doctype html>[^]*Top-1 error/)
  await answer(api.settings.$patch({ json: { metric: 'accuracy' } }))
  const accurate = await (await reportOf()).text()
  expect(accurate).toContain('Top-1 accuracy')
  expect(accurate).not.toMatch(/top-1 error/i)
  const table = await fetch(`${server.url}/api/tables/file?table=table3&runs=r1&format=csv`, {
    headers: { authorization: `Bearer ${server.discovery.token}` },
  })
  expect(await table.text()).toContain('dense top-1 accuracy')
  const log = await answer(api.runs[':run'].log.$get({ param: { run: 'r1' }, query: {} }))
  const epochs = log.entries.filter(({ message }) => message.startsWith('Epoch 1:'))
  expect(epochs.map(({ message }) => message)).toEqual([
    expect.stringMatching(/, top-1 accuracy \d+\.\d% \(n = \d+\)\.$/),
  ])
  expect(await refusal(api.settings.$patch({ json: { metric: 'loss' as never } }))).toMatchObject({
    status: 400,
  })
})

test('labels that are probably wrong, by training and by an evaluation, also as CSV', async () => {
  const { statistics } = server.api
  const { sources, before } = await answer(statistics.suspects.$get({ query: { dataset: 'd1' } }))
  expect(sources.map(({ of }) => of)).toEqual(expect.arrayContaining(['r1', 'r2', 'e1', 'e3']))
  expect(before).toBeNull()
  const byTraining = await answer(statistics.suspects[':of'].$get({ param: { of: 'r1' } }))
  expect(byTraining).toMatchObject({ by: 'training', run: 'r1', dataset: 'd1', images: 36, times: 1 })
  expect(byTraining.total).toBe(byTraining.suspects.length)
  const byEvaluation = await answer(statistics.suspects[':of'].$get({ param: { of: 'e1' } }))
  expect(byEvaluation).toMatchObject({ by: 'evaluation', evaluation: 'e1', images: 18 })
  const file = await statistics.suspects[':of'].csv.$get({ param: { of: 'r1' } })
  expect(file.headers.get('content-disposition')).toContain('suspects-r1.csv')
  const lines = (await file.text()).trim().split('\n')
  expect(lines[0]).toBe('path,split,label,suggested,margin,loss')
  expect(lines).toHaveLength(1 + byTraining.total)
  expect(await refusal(statistics.suspects[':of'].$get({ param: { of: 'x1' } }))).toMatchObject({
    status: 400,
  })
  expect(await refusal(statistics.suspects[':of'].$get({ param: { of: 'r9' } }))).toMatchObject({
    status: 404,
  })
})

test('one evaluated image with its place in a list, what was looked at, and what each view says', async () => {
  const { evaluations } = server.api
  const { entries } = await answer(
    evaluations[':evaluation'].images.$get({ param: { evaluation: 'e1' }, query: { sort: 'hardest' } }),
  )
  const third = entries[2]!
  const param = { evaluation: 'e1', image: String(third.position) }
  const one = await answer(
    evaluations[':evaluation'].images[':image'].$get({ param, query: { sort: 'hardest' } }),
  )
  expect(one).toMatchObject({ image: third, place: 2, flips: false })
  expect(one.outlines).toHaveLength(1)
  const { views, top } = await answer(evaluations[':evaluation'].images[':image'].views.$get({ param }))
  expect(views).toHaveLength(1)
  expect(top[0]!.label).toBe(third.predicted)
  expect(top[0]!.probability).toBeCloseTo(third.confidence, 5)
  // The first of the worst is wrong, as sure as any that is wrong.
  const worst = await answer(
    evaluations[':evaluation'].images.$get({ param: { evaluation: 'e1' }, query: { sort: 'worst' } }),
  )
  const wrong = worst.entries.filter(({ label, predicted }) => label !== predicted)
  expect(worst.entries.slice(0, wrong.length)).toEqual(wrong)
  expect(wrong.map(({ confidence }) => confidence)).toEqual(
    wrong.map(({ confidence }) => confidence).toSorted((a, b) => b - a),
  )
  const none = { evaluation: 'e1', image: '99999' }
  expect(
    await refusal(evaluations[':evaluation'].images[':image'].$get({ param: none, query: {} })),
  ).toMatchObject({ status: 404, code: 'not-found' })
})

test('labels that were found right are kept, undone, and doubted once they are corrected', async () => {
  const { corrections } = server.api.datasets[':dataset']
  const param = { dataset: 'd1' }
  const { entries } = await answer(
    server.api.datasets[':dataset'].images.$get({ param, query: { limit: '1' } }),
  )
  const { path } = entries[0]!
  const { classes } = await answer(server.api.datasets[':dataset'].$get({ param }))
  const confirm = [{ path, class: classes[0]! }]
  const kept = await answer(corrections.$patch({ param, json: { confirm } }))
  expect(kept).toMatchObject({ changed: 1, confirmed: confirm, undo: { doubt: [path], confirm: [] } })
  const undone = await answer(corrections.$patch({ param, json: { doubt: [path] } }))
  expect(undone).toMatchObject({ confirmed: [], undo: { confirm } })
  const strange = { confirm: [{ path, class: 'none' }] }
  expect(await refusal(corrections.$patch({ param, json: strange }))).toMatchObject({ code: 'unknown-class' })
})

test('images come by name and by size, and the place of one in that order', async () => {
  const { images } = server.api.datasets[':dataset']
  const param = { dataset: 'd1' }
  const { entries } = await answer(images.$get({ param, query: { sort: 'name', limit: '1000' } }))
  const paths = entries.map(({ path }) => path)
  expect(paths).toEqual(paths.toSorted((a, b) => (a < b ? -1 : 1)))
  const at = String(entries[7]!.position)
  const { total } = await answer(images.$get({ param, query: { sort: 'name', before: at, limit: '1' } }))
  expect(total).toBe(7)
  const largest = await answer(images.$get({ param, query: { sort: 'largest', limit: '1000' } }))
  const pixels = largest.entries.map(({ width, height }) => width * height)
  expect(pixels).toEqual(pixels.toSorted((a, b) => b - a))
})
