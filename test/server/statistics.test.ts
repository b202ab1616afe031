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
