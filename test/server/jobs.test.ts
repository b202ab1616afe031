import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { allConfigs } from '../../core/network/architectures/names.ts'
import {
  jobProcess,
  answer,
  readEvents,
  refusal,
  remove,
  smallFolder,
  testServer,
  tinyRecipe,
  type TestServer,
} from './support.ts'

// Real processes, on machines that are busy with the other tests: slow is no failure.
vi.setConfig({ testTimeout: 180_000 })

let server: TestServer
let folder: string

beforeAll(async () => {
  folder = smallFolder()
  writeFileSync(join(folder, 'train', readdirSync(join(folder, 'train'))[0]!, 'broken.png'), 'not an image')
  server = await testServer()
  await answer(server.api.folders.choose.$post({ json: { path: folder } }))
})
afterAll(async () => {
  await server.close()
  remove(server.home, folder)
})

const train = async (recipe: object, name?: string) => {
  const json = {
    dataset: 'd1',
    recipe: recipe as Record<string, unknown>,
    ...(name !== undefined && { name }),
  }
  return (await answer(server.api.runs.$post({ json }))).job
}
const longRecipe = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 1000 } }
const run = (id: string) => answer(server.api.runs[':run'].$get({ param: { run: id } }))
const epochsOf = (entry: { readonly epochs: number } | undefined) => entry?.epochs ?? 0
const until = async (condition: () => Promise<boolean>) => {
  for (let waited = 0; !(await condition()); waited += 50) {
    if (waited > 120_000) throw new Error('It takes too long.')
    await delay(50)
  }
}

describe('import', () => {
  test('a folder becomes a data set, with its images, problems, health and pictures', async () => {
    const { job } = await answer(
      server.api.datasets.import.$post({ json: { source: folder, name: 'clothes' } }),
    )
    expect(await server.settled(job)).toMatchObject({
      state: 'completed',
      lane: 'import',
      result: { dataset: 'd1' },
    })
    const dataset = await answer(server.api.datasets[':dataset'].$get({ param: { dataset: 'd1' } }))
    expect(dataset).toMatchObject({
      name: 'clothes',
      images: { train: 36, validation: 18, test: 18 },
      available: true,
      problems: 1,
    })
    const param = { dataset: 'd1' }
    const images = await answer(
      server.api.datasets[':dataset'].images.$get({
        param,
        query: { class: '1', split: 'test', limit: '2' },
      }),
    )
    expect(images.total).toBe(6)
    expect(images.entries).toHaveLength(2)
    expect(images.entries.every(({ label, split }) => label === 1 && split === 'test')).toBe(true)
    const problems = await answer(server.api.datasets[':dataset'].problems.$get({ param, query: {} }))
    expect(problems.entries[0]).toMatchObject({ position: 0, path: expect.stringContaining('broken.png') })
    const health = await answer(server.api.datasets[':dataset'].health.$get({ param }))
    expect(health.findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['unusable-files', 'few-images']),
    )
    expect(health.classes.map(({ train }) => train)).toEqual([12, 12, 12])
    expect(health.shorterSide.median).toBe(28)
  })

  test('a picture is WebP, kept by content, and answered from the window’s own cache afterwards', async () => {
    const path = `${server.url}/api/datasets/d1/images/3/picture?side=64`
    const headers = { authorization: `Bearer ${server.discovery.token}` }
    const first = await fetch(path, { headers })
    expect(first.headers.get('content-type')).toBe('image/webp')
    expect(first.headers.get('cache-control')).toContain('immutable')
    const bytes = new Uint8Array(await first.arrayBuffer())
    expect(new TextDecoder().decode(bytes.subarray(8, 12))).toBe('WEBP')
    const again = await fetch(path, { headers: { ...headers, 'if-none-match': first.headers.get('etag')! } })
    expect(again.status).toBe(304)
    const cached = await fetch(path, { headers })
    expect(new Uint8Array(await cached.arrayBuffer())).toEqual(bytes)
    expect(await refusal(fetch(path.replace('side=64', 'side=65'), { headers }))).toMatchObject({
      code: 'invalid-request',
    })
    expect(await refusal(fetch(path.replace('/3/', '/999/'), { headers }))).toMatchObject({
      code: 'not-found',
    })
    const broken = await refusal(fetch(`${server.url}/api/datasets/d1/problems/0/picture`, { headers }))
    expect(broken).toMatchObject({ status: 400, code: 'not-an-image' })
  })

  test('a sample has its turn of every class, and is another one for another seed', async () => {
    const ask = async (seed: string) => {
      const query = { split: 'train' as const, count: '9', seed }
      const asked = server.api.datasets[':dataset'].sample.$get({ param: { dataset: 'd1' }, query })
      return (await answer(asked)).images
    }
    const images = await ask('1')
    expect(images).toHaveLength(9)
    expect(new Set(images.map(({ position }) => position)).size).toBe(9)
    expect(new Set(images.map(({ label }) => label)).size).toBe(3)
    expect(images.every(({ split }) => split === 'train')).toBe(true)
    expect(await ask('1')).toEqual(images)
    expect(await ask('2')).not.toEqual(images)
  })

  test('jittered crops come with where they lie, the same for the same seed', async () => {
    const json = { crop: 32, scale: { min: 32, max: 64 }, count: 5, seed: 7 }
    const ask = () => answer(server.api.datasets[':dataset'].jitter.$post({ param: { dataset: 'd1' }, json }))
    const { crops } = await ask()
    expect(crops).toHaveLength(5)
    for (const { scale, window, picture } of crops) {
      expect(scale).toBeGreaterThanOrEqual(32)
      expect(scale).toBeLessThanOrEqual(64)
      expect(window.width).toBeCloseTo(32 / scale!)
      expect(picture).toMatch(/^data:image\/webp;base64,/)
    }
    expect(new Set(crops.map(({ label }) => label)).size).toBe(3)
    expect((await ask()).crops).toEqual(crops)
    const wrong = { ...json, scale: { min: 20, max: 30 } }
    expect(
      await refusal(server.api.datasets[':dataset'].jitter.$post({ param: { dataset: 'd1' }, json: wrong })),
    ).toMatchObject({ code: 'invalid-request' })
  })
})

describe('a run', () => {
  test('trains to its end in a process of its own, watched, with curves, log and checkpoints', async () => {
    const hello = await readEvents(server, undefined, (seen) => seen.length === 1)
    const job = await train(
      { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 2 } },
      'first',
    )
    expect(job).toMatchObject({ kind: 'train', lane: 'cpu', title: 'Train A on clothes: first' })
    expect(await server.settled(job)).toMatchObject({
      state: 'completed',
      run: 'r1',
      result: { run: 'r1', dataset: 'd1' },
    })
    const { messages } = await readEvents(server, hello.last, (seen) =>
      seen.some((message) => message.type === 'job' && message.job.state === 'completed'),
    )
    const told = messages.flatMap((message) => (message.type === 'training' ? message.event.event : []))
    expect(told).toEqual(expect.arrayContaining(['started', 'step', 'epoch', 'checkpoint']))
    const view = await run('r1')
    expect(view).toMatchObject({ name: 'first', status: 'completed', epochs: 2, job: null })
    expect(view.checkpoints.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['best', 'last']))
    expect(view.recipe.data.crop).toBe(32)
    const param = { run: 'r1' }
    const { epochs, best } = await answer(server.api.runs[':run'].epochs.$get({ param, query: {} }))
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2])
    expect(best!.top1Error).toBe(Math.min(...epochs.map(({ validation }) => validation!.top1Error)))
    const steps = await answer(server.api.runs[':run'].steps.$get({ param, query: {} }))
    expect(steps.total).toBeGreaterThan(0)
    expect(steps.loss).toHaveLength(steps.step.length)
    expect(steps.memory).toHaveLength(steps.step.length)
    expect(Math.min(...steps.memory.map((held) => held ?? 0))).toBeGreaterThan(20e6)
    expect(steps.deviceMemory).toEqual(steps.step.map(() => null))
    expect(steps.step.at(-1)).toBeLessThanOrEqual(6)
    const log = await answer(server.api.runs[':run'].log.$get({ param, query: {} }))
    expect(log.entries.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['started', 'epoch', 'completed']),
    )
    const batch = await answer(server.api.runs[':run'].batch.$get({ param, query: { count: '4' } }))
    expect(batch).toMatchObject({ batchSize: 12, step: steps.step.at(-1) })
    expect(batch.crops).toHaveLength(4)
  })

  test('is evaluated, and the images of a cell are found', async () => {
    const { job } = await answer(server.api.evaluations.$post({ json: { run: 'r1', split: 'test' } }))
    expect(await server.settled(job)).toMatchObject({
      state: 'completed',
      result: { evaluation: 'e1', run: 'r1' },
    })
    const { result, runName } = await answer(
      server.api.evaluations[':evaluation'].$get({ param: { evaluation: 'e1' } }),
    )
    expect(runName).toBe('first')
    expect(result.images).toBe(18)
    expect(result.confusion.flat().reduce((sum, count) => sum + count)).toBe(18)
    const cells = result.confusion.flatMap((row, label) =>
      row.map((count, predicted) => ({ label, predicted, count })),
    )
    const { label, predicted, count } = cells.find((cell) => cell.count > 0)!
    const query = { label: String(label), predicted: String(predicted), sort: 'confidence' as const }
    const page = await answer(
      server.api.evaluations[':evaluation'].images.$get({ param: { evaluation: 'e1' }, query }),
    )
    expect(page.total).toBe(count)
    for (const image of page.entries) expect(image).toMatchObject({ label, predicted, split: 'test' })
    const { evaluations } = await answer(server.api.evaluations.$get({ query: { run: 'r1' } }))
    expect(evaluations.map(({ id }) => id)).toEqual(['e1'])
  })

  test('says what it sees in a known image and in an uploaded one', async () => {
    const json = { run: 'r1', images: [{ dataset: 'd1', position: 0 }] }
    const known = await answer(server.api.predict.$post({ json }))
    expect(known.predictions[0]!.classes).toHaveLength(3)
    const headers = { authorization: `Bearer ${server.discovery.token}` }
    const image = await answer(
      server.api.datasets[':dataset'].images[':position'].$get({ param: { dataset: 'd1', position: '0' } }),
    )
    const upload = (body: string | Uint8Array<ArrayBuffer>) =>
      fetch(`${server.url}/api/predict/upload?run=r1&name=mine.png`, { method: 'POST', headers, body })
    const uploaded = (await (await upload(new Uint8Array(readFileSync(image.file)))).json()) as typeof known
    const { width, height, outlines } = known.predictions[0]!
    // Crops of 32 in the middle of 36 pixels.
    const [inset, side] = [expect.closeTo(1 / 18) as number, expect.closeTo(16 / 18) as number]
    expect(outlines).toMatchObject([{ left: inset, top: inset, width: side, height: side }])
    expect(uploaded.predictions).toEqual([
      {
        ...{ name: 'mine.png', classes: known.predictions[0]!.classes, width, height, outlines },
        // The file is known, whatever it is called.
        truth: { class: image.class, path: image.path, split: image.split },
        picture: expect.stringMatching(/^data:image\/webp;base64,/),
      },
    ])
    const broken = (await (await upload('no image')).json()) as typeof known
    expect(broken.failures).toEqual([{ name: 'mine.png', reason: expect.not.stringContaining(server.home) }])
    expect(readdirSync(join(server.home, 'cache', 'uploads'))).toEqual([])
  })

  test('is exported into a chosen folder, and can be fetched from there', async () => {
    const { job } = await answer(server.api.exports.$post({ json: { run: 'r1', format: 'onnx', folder } }))
    expect(await server.settled(job)).toMatchObject({ state: 'completed', result: { export: 'x1' } })
    const view = await answer(server.api.exports[':export'].$get({ param: { export: 'x1' } }))
    expect(view).toMatchObject({
      folder: join(folder, 'first-onnx'),
      runName: 'first',
      certificate: { passed: true },
    })
    expect(view.files!.map(({ name }) => name)).toContain('model.onnx')
    expect(view.snippets.map(({ language }) => language)).toContain('python')
    const headers = { authorization: `Bearer ${server.discovery.token}` }
    const zip = await fetch(`${server.url}/api/exports/x1/download`, { headers })
    expect(zip.headers.get('content-disposition')).toContain('first-onnx.zip')
    const sum = view.files!.reduce((bytes, file) => bytes + file.bytes, 0)
    expect((await zip.arrayBuffer()).byteLength).toBeGreaterThan(sum)
    const labels = await fetch(`${server.url}/api/exports/x1/files/labels.txt`, { headers })
    expect((await labels.text()).trim().split('\n')).toHaveLength(3)
    expect(
      (await fetch(`${server.url}/api/exports/x1/files/..%2F..%2Fregistry.sqlite`, { headers })).status,
    ).toBe(404)
    rmSync(join(folder, 'first-onnx'), { recursive: true })
  })

  test('whose process is killed is interrupted with the reason, and resumes from its checkpoint', async () => {
    const job = await train({ ...longRecipe, checkpoints: { minutes: 0.001 } }, 'killed')
    await until(
      async () =>
        epochsOf((await answer(server.api.runs.$get({ query: { search: 'killed' } }))).entries[0]) > 1,
    )
    process.kill(jobProcess(), 'SIGKILL')
    const ended = await server.settled(job)
    expect(ended).toMatchObject({ state: 'interrupted', run: 'r2', error: { code: 'process-killed' } })
    const view = await run('r2')
    expect(view).toMatchObject({
      status: 'interrupted',
      error: { code: 'process-killed', hint: expect.any(String) },
    })
    const log = await answer(server.api.runs[':run'].log.$get({ param: { run: 'r2' }, query: {} }))
    expect(log.entries.at(-1)).toMatchObject({ code: 'process-killed', level: 'warning' })

    const { job: resumed } = await answer(server.api.runs[':run'].resume.$post({ param: { run: 'r2' } }))
    const before = view.epochs
    await until(async () => (await run('r2')).epochs > before)
    const stopping = await answer(server.api.runs[':run'].stop.$post({ param: { run: 'r2' } }))
    expect(stopping.job.state).toBe('stopping')
    expect(await server.settled(resumed)).toMatchObject({ state: 'stopped', run: 'r2' })
    expect(await run('r2')).toMatchObject({ status: 'stopped', error: null })
    const steps = await answer(server.api.runs[':run'].steps.$get({ param: { run: 'r2' }, query: {} }))
    expect(steps.step).toEqual([...new Set(steps.step)].sort((a, b) => a - b))
  })

  test('can be held and released; meanwhile another uses the device; what waits can be reordered and canceled', async () => {
    const first = await train(longRecipe, 'held')
    await server.settled(first, ['running'])
    await until(
      async () =>
        (await answer(server.api.jobs[':job'].$get({ param: { job: first.id } }))).job.progress !== null,
    )
    const waiting = [await train(tinyRecipe, 'b'), await train(tinyRecipe, 'c'), await train(tinyRecipe, 'd')]
    expect(waiting.map(({ state }) => state)).toEqual(['queued', 'queued', 'queued'])
    const [b, c, d] = waiting.map(({ id }) => id) as [string, string, string]
    const { order } = await answer(server.api.jobs.order.$put({ json: { order: [d, 'j999', b] } }))
    expect(order).toEqual([d, b, c])
    const canceled = await answer(server.api.jobs[':job'].cancel.$post({ param: { job: c } }))
    expect(canceled.job.state).toBe('canceled')
    const held = await answer(server.api.jobs[':job'].pause.$post({ param: { job: b } }))
    expect(held.job).toMatchObject({ state: 'queued', held: true })

    const id = (await answer(server.api.jobs[':job'].$get({ param: { job: first.id } }))).job.run!
    await answer(server.api.runs[':run'].pause.$post({ param: { run: id } }))
    await server.settled(first, ['paused'])
    expect(await run(id)).toMatchObject({ status: 'paused' })
    await answer(server.api.runs[':run'].continue.$post({ param: { run: id } }))
    const ended = await server.settled({ id: d })
    await server.settled(first, ['running'])
    expect((await answer(server.api.jobs[':job'].$get({ param: { job: b } }))).job.state).toBe('queued')
    const { job } = await answer(server.api.jobs[':job'].cancel.$post({ param: { job: first.id } }))
    expect(job.state).toBe('stopping')
    const stopped = await server.settled(first)
    expect(stopped.state).toBe('stopped')
    const still = (await answer(server.api.jobs[':job'].$get({ param: { job: b } }))).job
    expect(still).toMatchObject({ state: 'queued', held: true })
    const free = await answer(server.api.jobs[':job'].resume.$post({ param: { job: b } }))
    expect(free.job.held).toBe(false)
    const last = await server.settled({ id: b })
    const time = (text: string | null) => Date.parse(text!)
    expect(time(ended.ended)).toBeLessThanOrEqual(time(stopped.ended))
    expect(time(stopped.ended)).toBeLessThanOrEqual(time(last.started))
    expect(await refusal(server.api.jobs[':job'].cancel.$post({ param: { job: first.id } }))).toMatchObject({
      status: 409,
      code: 'not-running',
    })
  })

  test('that cannot start fails with the reason of the stage that refused', async () => {
    const wrong = { json: { dataset: 'd1', recipe: { data: { crop: 7 } } } }
    expect(await refusal(server.api.runs.$post(wrong))).toMatchObject({
      status: 400,
      code: 'invalid-recipe',
      message: expect.stringContaining('data.crop'),
    })
    const taken = { json: { dataset: 'd1', name: 'FIRST', recipe: {} } }
    expect(await refusal(server.api.runs.$post(taken))).toMatchObject({ status: 409, code: 'name-taken' })
    const job = await train({ ...tinyRecipe, initialization: { from: { run: 'r99' } } })
    expect(await server.settled(job)).toMatchObject({ state: 'failed', error: { code: 'not-found' } })
  })
})

describe('the list of runs', () => {
  test('is searched, sorted with what has no value last, and paged', async () => {
    const names = async (query: object) =>
      (await answer(server.api.runs.$get({ query }))).entries.map(({ name }) => name)
    expect(await names({ search: 'clothes FIR' })).toEqual(['first'])
    expect(await names({ sort: 'name', limit: '2', offset: '1' })).toEqual(['d', 'first'])
    expect((await names({ sort: 'top1Error', direction: 'descending' })).length).toBeGreaterThan(3)
    await answer(
      server.api.runs[':run'].$patch({
        param: { run: 'r1' },
        json: { tags: ['baseline'], notes: 'a note', archived: true },
      }),
    )
    expect(await names({ search: 'first' })).toEqual([])
    expect(await names({ archived: 'true', tag: 'baseline' })).toEqual(['first'])
    expect((await answer(server.api.runs.$get({ query: {} }))).tags).toEqual(['baseline'])
  })

  test('loses a deleted run, and gets it back with undo; a run in training stays', async () => {
    const param = { run: 'r2' }
    const gone = await answer(server.api.runs[':run'].$delete({ param }))
    expect(Date.parse(gone.until)).toBeGreaterThan(Date.now())
    expect(await refusal(server.api.runs[':run'].$get({ param }))).toMatchObject({ status: 404 })
    expect((await answer(server.api.runs[':run'].restore.$post({ param }))).name).toBe('killed')
    expect(await refusal(server.api.runs[':run'].restore.$post({ param }))).toMatchObject({
      status: 410,
      code: 'too-late',
    })
    const job = await train(longRecipe, 'busy')
    const { run: id } = await untilRun(job.id)
    expect(await refusal(server.api.runs[':run'].$delete({ param: { run: id } }))).toMatchObject({
      status: 409,
      code: 'run-busy',
    })
    await answer(server.api.jobs[':job'].cancel.$post({ param: { job: job.id } }))
    await server.settled(job)
  })

  async function untilRun(job: string): Promise<{ run: string }> {
    for (;;) {
      const { run: id } = (await answer(server.api.jobs[':job'].$get({ param: { job } }))).job
      if (id !== null) return { run: id }
      await delay(30)
    }
  }
})

describe('a data set', () => {
  test('is corrected file by file: what waits can be taken back, what is applied is the next version', async () => {
    const param = { dataset: 'd1' }
    const { ':dataset': dataset } = server.api.datasets
    const images = (of: string) =>
      answer(dataset.images.$get({ param: { dataset: of }, query: { class: '0', limit: '3' } }))
    const [a, b, c] = (await images('d1')).entries.map(({ path }) => path) as [string, string, string]
    const { classes } = await answer(dataset.$get({ param }))
    const changed = await answer(
      dataset.corrections.$patch({
        param,
        json: {
          put: [
            { path: a, action: 'leave-out' },
            { path: b, action: 'relabel', class: classes[1]! },
            { path: c, action: 'mislabelled' },
          ],
        },
      }),
    )
    expect(changed).toMatchObject({ changed: 3, applied: [], undo: { put: [], forget: [a, b, c] } })
    const other = await answer(
      dataset.corrections.$patch({ param, json: { put: [{ path: c, action: 'leave-out' }] } }),
    )
    expect(other.undo).toMatchObject({ put: [{ path: c, action: 'mislabelled' }], forget: [] })
    const { pending } = await answer(dataset.corrections.$patch({ param, json: { forget: [c] } }))
    expect(pending).toEqual([
      { path: a, action: 'leave-out' },
      { path: b, action: 'relabel', class: classes[1]! },
    ])
    const refused = (json: object) => refusal(dataset.corrections.$patch({ param, json: json as never }))
    expect(await refused({ put: [{ path: '../x', action: 'leave-out' }] })).toMatchObject({ status: 404 })
    expect(await refused({ put: [{ path: a, action: 'relabel', class: 'none' }] })).toMatchObject({
      code: 'unknown-class',
    })
    expect(await refused({ put: [{ path: a, action: 'delete' }] })).toMatchObject({ code: 'invalid-request' })

    const { job } = await answer(dataset.import.$post({ param, json: {} }))
    const made = (await server.settled(job)).result!.dataset!
    const next = await answer(dataset.$get({ param: { dataset: made } }))
    expect(next).toMatchObject({ name: 'clothes', newest: true, problems: 2 })
    expect(next.images.train + next.images.validation + next.images.test).toBe(71)
    const kept = await answer(dataset.corrections.$get({ param }))
    expect(kept).toMatchObject({ newest: made, applied: pending, pending: [] })
    expect((await images(made)).entries.map(({ path }) => path)).not.toContain(a)
    const old = await answer(dataset.$get({ param }))
    expect(old).toMatchObject({ newest: false, problems: 1 })
    const report = await answer(dataset.health.$get({ param: { dataset: made } }))
    expect(report.findings.find(({ code }) => code === 'corrected')).toMatchObject({ count: 1 })
  })

  test('that moved is found again in place, and what became of its files is told', async () => {
    const moved = `${folder}-moved`
    renameSync(folder, moved)
    try {
      const param = { dataset: 'd1' }
      const lost = await answer(server.api.datasets[':dataset'].$get({ param }))
      expect(lost).toMatchObject({ available: false, newest: false, runs: expect.any(Number) })
      await answer(server.api.folders.choose.$post({ json: { path: moved } }))
      const relocated = async (dataset: string) => {
        const request = server.api.datasets[':dataset'].relocate.$post({
          param: { dataset },
          json: { folder: moved },
        })
        const { id } = await server.settled((await answer(request)).job)
        return (await answer(server.api.jobs[':job'].result.$get({ param: { job: id } }))).result
      }
      const found = { dataset: 'd1', root: moved, changed: false, missing: [], followed: [2] }
      expect(await relocated('d1')).toMatchObject(found)
      expect(await answer(server.api.datasets[':dataset'].$get({ param }))).toMatchObject({ available: true })
      const { versions } = await answer(server.api.datasets[':dataset'].$get({ param }))
      const newest = { dataset: versions.at(-1)!.id }
      const first = (
        await answer(server.api.datasets[':dataset'].images.$get({ param: newest, query: { limit: '1' } }))
      ).entries[0]!
      rmSync(join(moved, first.path))
      const expected = { root: moved, missing: [first.path], changed: [], unchanged: 71 }
      const quick = await answer(server.api.datasets[':dataset'].difference.$get({ param }))
      expect(quick).toMatchObject({ ...expected, counts: { missing: 1, changed: 0, moved: 0, added: 0 } })
      const full = await answer(server.api.datasets[':dataset'].difference.$post({ param, json: {} }))
      await server.settled(full.job)
      const compared = await answer(server.api.jobs[':job'].result.$get({ param: { job: full.job.id } }))
      expect(compared.result).toMatchObject({ dataset: 'd1', ...expected })
      await expect(relocated('d1')).rejects.toThrow('older-version')
      const again = { version: 3, name: 'clothes', changed: true, missing: [first.path] }
      expect(await relocated(newest.dataset)).toMatchObject(again)
    } finally {
      renameSync(moved, folder)
    }
  })
})

describe('planning', () => {
  test('a recipe comes back whole with its cost, or with what is wrong by path', async () => {
    const json = {
      recipe: { network: { config: 'D' }, optimization: { schedule: 'cosine' } },
      dataset: 'd1',
      preset: 'quick-look',
    }
    const good = await answer(server.api.plan.check.$post({ json }))
    expect(good.issues).toEqual([])
    expect(good.recipe!.network.config).toBe('D')
    expect(good.cost).toMatchObject({
      device: 'cpu',
      updatesPerEpoch: Math.ceil(36 / good.recipe!.optimization.batchSize),
    })
    const { start, training, validation, saving, trials, total } = good.cost!.seconds!
    for (const part of [start, training, validation, saving]) expect(part).toBeGreaterThan(0)
    expect(total).toBeCloseTo(start + training + validation + saving + trials)
    expect(good.schedule!.points[0]!.learningRate).toBeGreaterThan(good.schedule!.points.at(-1)!.learningRate)
    const bad = await answer(
      server.api.plan.check.$post({ json: { recipe: { optimization: { learningRate: -1, epoch: 3 } } } }),
    )
    expect(bad.recipe).toBeNull()
    expect(bad.issues.map(({ path }) => path)).toContain('optimization.learningRate')
    const { cards } = await answer(server.api.plan.cards.$post({ json: { recipe: {}, classes: 1000 } }))
    expect(cards.find(({ config }) => config === 'D')).toMatchObject({
      built: { network: { depth: 16 }, cost: { parameters: 138_357_544 } },
    })
    expect(cards.map(({ config }) => config)).toEqual([...allConfigs])
  })

  test('a network’s card, the plan of it and each run of a sweep tell the same time and the same place', async () => {
    const recipe = { network: { fcWidth: 64 }, optimization: { epochs: 3 } }
    const { cards } = await answer(server.api.plan.cards.$post({ json: { recipe, dataset: 'd1' } }))
    for (const config of ['A', 'D', 'resnet18'] as const) {
      const own = { ...recipe, network: config === 'resnet18' ? { config } : { ...recipe.network, config } }
      const { cost } = await answer(server.api.plan.check.$post({ json: { recipe: own, dataset: 'd1' } }))
      const onCard = cards.find((card) => card.config === config)!.built!.cost
      const { seconds, engine, precision, device } = cost!
      expect(onCard, config).toMatchObject({ seconds, engine, precision, device })
      const varied = [{ setting: 'seed', values: ['1'] }]
      const planned = { kind: 'sweep' as const, varied, most: 1, halving: null }
      const { runs } = await answer(
        server.api.plans.check.$post({ json: { recipe: own, dataset: 'd1', planned } }),
      )
      expect(runs[0]!.seconds, config).toBe(seconds!.total)
    }
  })
})
