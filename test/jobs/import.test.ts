import { cp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { openContext, type JobContext } from '../../core/jobs/context/context.ts'
import type { JobEvent } from '../../core/jobs/recording/events.ts'
import { findOrImport, importDataset } from '../../core/jobs/import.ts'
import { datasetDifference } from '../../core/jobs/difference.ts'
import { relocateDataset } from '../../core/jobs/relocate.ts'
import { cachedReport, reportOn } from '../../core/jobs/tasks/health.ts'
import { png, temporaryFolder, type Folder } from '../dataset/folders.ts'

let home: Folder
let pictures: Folder
let context: JobContext
let said: JobEvent[]
beforeEach(async () => {
  ;[home, pictures, said] = [await temporaryFolder(), await temporaryFolder(), []]
  await pictures.fill('cat', 10, 0)
  await pictures.fill('dog', 10, 100)
  await pictures.put('cat/copy.png', await png(3))
  context = openContext({ home: home.path, emit: (event) => said.push(event) })
})
afterEach(async () => {
  context.registry.close()
  await Promise.all([home.discard(), pictures.discard()])
})

const splitsOf = (dataset: string) =>
  new Map(context.registry.datasets.manifest(dataset).images.map(({ path, split }) => [path, split]))

describe('importing the same source again', () => {
  it('corrects it as before, splits it as before, and says what is other', async () => {
    const first = await importDataset(context, {
      source: pictures.path,
      validation: 0.3,
      corrections: [{ path: 'cat/copy.png', action: 'leave-out' }],
    })
    expect(first).toMatchObject({ version: 1, since: null, images: { train: 10, validation: 6, test: 4 } })
    await pictures.put('dog/new.png', await png(500))
    await rm(join(pictures.path, 'dog/1.png'))
    const second = await importDataset(context, { source: pictures.path })
    expect(second).toMatchObject({
      version: 2,
      corrections: [{ path: 'cat/copy.png', action: 'leave-out' }],
      since: {
        version: 1,
        added: ['dog/new.png'],
        missing: ['dog/1.png'],
        changed: [],
        moved: [],
        resplit: 0,
      },
    })
    expect(second.health).toMatchObject({ images: 20, exactDuplicates: [] })
    const before = splitsOf(first.dataset)
    for (const [path, split] of splitsOf(second.dataset))
      if (before.has(path)) expect([path, split]).toEqual([path, before.get(path)])
    const third = await importDataset(context, {
      source: pictures.path,
      corrections: [{ path: 'cat/copy.png', action: 'take-back' }],
    })
    expect(third.corrections).toEqual([])
    expect(third.health.exactDuplicates).toHaveLength(1)
    // A window that opens it finds the report that the import has made.
    const kept = await cachedReport(context, third.dataset)
    expect(kept).toEqual(reportOn(context.registry.datasets.manifest(third.dataset)))
  })

  it('with another split counts the images that change theirs', async () => {
    const first = await importDataset(context, { source: pictures.path })
    await pictures.put('dog/new.png', await png(500))
    const second = await importDataset(context, { source: pictures.path, seed: 7, validation: 0.4 })
    const [before, now] = [splitsOf(first.dataset), splitsOf(second.dataset)]
    const changed = [...before].filter(([path, split]) => now.get(path) !== split)
    expect(changed.length).toBeGreaterThan(0)
    expect(second.since).toMatchObject({ version: 1, added: ['dog/new.png'], resplit: changed.length })
    const third = await importDataset(context, { source: pictures.path })
    expect(third.since).toMatchObject({ version: 2, resplit: 0 })
  })

  it('holds for the list of a CSV file, too', async () => {
    const list = join(pictures.path, 'labels.csv')
    const line = (index: number): string => `cat/${index}.png,${index % 2 ? 'odd' : 'even'}`
    const lines = (count: number): string =>
      ['path,label', ...Array.from({ length: count }, (_, i) => line(i))].join('\n')
    await writeFile(list, lines(8))
    const first = await importDataset(context, {
      source: list,
      corrections: [{ path: 'cat/2.png', action: 'relabel', class: 'odd' }],
    })
    await writeFile(list, lines(10))
    const second = await importDataset(context, { source: list })
    expect(second).toMatchObject({ version: 2, since: { added: ['cat/8.png', 'cat/9.png'] } })
    expect(second.corrections).toEqual(first.corrections)
    const before = splitsOf(first.dataset)
    for (const [path, split] of before)
      expect([path, splitsOf(second.dataset).get(path)]).toEqual([path, split])
  })

  it('by the way of a training corrects it as before', async () => {
    const corrections = [{ path: 'cat/1.png', action: 'mislabelled' as const }]
    const { dataset } = await importDataset(context, { source: pictures.path, corrections })
    expect(await findOrImport(context, pictures.path)).toMatchObject({ id: dataset })
    const asked = { validation: 0.4, test: 0, seed: 1 }
    const other = await findOrImport(context, pictures.path, asked)
    expect(other).toMatchObject({ version: 2, options: { ...asked, corrections } })
  })

  it('tells of a part nothing that it can’t know, and of corrections without a file', async () => {
    await importDataset(context, { source: pictures.path })
    const part = await importDataset(context, {
      source: pictures.path,
      limit: 8,
      corrections: [{ path: 'cat/nothing.png', action: 'leave-out' }],
    })
    expect(part).toMatchObject({ since: null })
    expect(said).toContainEqual(
      expect.objectContaining({
        event: 'notice',
        values: { first: 'cat/nothing.png', count: 1 },
      }),
    )
  })

  it('applies what waits no longer', async () => {
    const { corrections } = context.registry
    const { name } = await importDataset(context, { source: pictures.path })
    const [first, second] = [
      { path: 'cat/1.png', action: 'leave-out' },
      { path: 'cat/2.png', action: 'mislabelled' },
    ] as const
    corrections.change(name, { put: [first, second] })
    corrections.change(name, { put: [{ ...second, action: 'leave-out' }] })
    await importDataset(context, { source: pictures.path, corrections: [first, second] })
    expect(corrections.pending(name)).toEqual([{ path: 'cat/2.png', action: 'leave-out' }])
  })
})

test('shares that leave next to nothing for training are refused', async () => {
  const asked = { source: pictures.path, validation: 0.5, test: 0.5 }
  await expect(importDataset(context, asked)).rejects.toMatchObject({ code: 'invalid-option' })
})

describe('a folder that moved', () => {
  it('is found with all versions whose files are there', async () => {
    const first = await importDataset(context, { source: pictures.path })
    await rm(join(pictures.path, 'dog/9.png'))
    const second = await importDataset(context, { source: pictures.path })
    const folder = join(home.path, 'moved')
    await cp(pictures.path, folder, { recursive: true })
    const third = await importDataset(context, { source: pictures.path, seed: 4 })
    await rename(pictures.path, `${pictures.path}-gone`)
    const found = await relocateDataset(context, { dataset: third.dataset, folder: home.path })
    expect(found).toMatchObject({
      dataset: third.dataset,
      root: folder,
      changed: false,
      missing: [],
      followed: [2],
      stayed: [1],
    })
    const rootOf = (id: string) => context.registry.datasets.get(id).root
    expect([first, second, third].map(({ dataset }) => rootOf(dataset))).toEqual([
      pictures.path,
      folder,
      folder,
    ])
    expect(await datasetDifference(context, { dataset: first.dataset, folder })).toMatchObject({
      missing: ['dog/9.png'],
      unchanged: 20,
    })
    await rm(`${pictures.path}-gone`, { recursive: true })
  })

  it('is found by an older version, which the newer ones follow where their files are there', async () => {
    const first = await importDataset(context, { source: pictures.path, name: 'pets' })
    const folder = join(home.path, 'moved')
    await cp(pictures.path, folder, { recursive: true })
    await pictures.put('dog/new.png', await png(500))
    const second = await importDataset(context, { source: pictures.path })
    const { datasets } = context.registry
    const asked = datasets.get('pets@1').id
    const found = await relocateDataset(context, { dataset: asked, folder })
    expect(found).toEqual({
      dataset: first.dataset,
      name: 'pets',
      version: 1,
      root: folder,
      changed: false,
      missing: [],
      followed: [],
      stayed: [2],
    })
    expect([datasets.get('pets@1').root, datasets.get(second.dataset).root]).toEqual([folder, pictures.path])
  })

  it('is no way for an older version that is not whole to become the newest one', async () => {
    const first = await importDataset(context, { source: pictures.path, name: 'pets' })
    await rm(join(pictures.path, 'dog/9.png'))
    const second = await importDataset(context, { source: pictures.path })
    const folder = join(home.path, 'moved')
    await cp(pictures.path, folder, { recursive: true })
    await expect(relocateDataset(context, { dataset: first.dataset, folder })).rejects.toMatchObject({
      code: 'older-version',
      message: `Version 1 of the data set "pets" is incomplete in ${folder}: 1 image is missing, such as dog/9.png.`,
      hint: expect.stringContaining(`--moved ${second.dataset}`) as string,
    })
    const { datasets } = context.registry
    expect(datasets.list().map(({ root }) => root)).toEqual([pictures.path, pictures.path])
    expect(await relocateDataset(context, { dataset: second.dataset, folder })).toMatchObject({
      changed: false,
      stayed: [1],
    })
  })

  it('takes the corrections of renamed images along', async () => {
    const corrections = [{ path: 'cat/2.png', action: 'relabel' as const, class: 'dog' }]
    const { dataset } = await importDataset(context, { source: pictures.path, corrections })
    await rename(join(pictures.path, 'cat/2.png'), join(pictures.path, 'cat/really a dog.png'))
    const found = await relocateDataset(context, { dataset, folder: pictures.path })
    expect(found).toMatchObject({ changed: true, missing: [], version: 2 })
    const again = await importDataset(context, { source: pictures.path })
    expect(again.corrections).toEqual([{ ...corrections[0], path: 'cat/really a dog.png' }])
  })
})
