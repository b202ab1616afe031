import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openContext, type JobContext } from '../../core/jobs/context/context.ts'
import { findWeights, listWeights, removeWeights } from '../../core/jobs/weights/kept.ts'
import { getWeights } from '../../core/jobs/getWeights.ts'
import { importWeightsFile } from '../../core/jobs/importWeights.ts'
import { importDataset } from '../../core/jobs/import.ts'
import {
  distinctPreprocessings,
  findPreprocessing,
  normalizationFor,
} from '../../core/weights/preprocessings.ts'
import { remove, smallFolder, temporaryFolder } from '../server/support.ts'

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/weights/files/${name}`, import.meta.url))

let home: string
let context: JobContext
const notices: string[] = []

beforeAll(() => {
  home = temporaryFolder()
  const emit: JobContext['emit'] = (event) => {
    if (event.event === 'notice') notices.push(event.code)
  }
  context = openContext({ home, emit })
})
afterAll(() => {
  context.registry.close()
  remove(home)
})

test('weights that were imported are listed, found by name, imported again from what was kept, and removed', async () => {
  const { entry, path } = await importWeightsFile(context, {
    source: fixture('keras-D.h5'),
    preprocessing: 'caffe',
    license: 'MIT',
  })
  expect(entry).toMatchObject({
    name: 'keras-D',
    classifier: true,
    preprocessing: { id: 'caffe', how: 'chosen' },
    attribution: { license: 'MIT' },
    source: { file: 'keras-D.h5', format: 'keras-h5', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  })
  expect((await listWeights(context.home)).here.map(({ name }) => name)).toEqual(['keras-D'])
  expect((await findWeights(context.home, 'keras-D'))!.tensors.size).toBe(32)
  expect(await findWeights(context.home, '../weights/keras-D')).toBeNull()
  const again = await importWeightsFile(context, { source: path, name: 'copy' })
  expect(again.entry).toMatchObject({
    normalization: entry.normalization,
    preprocessing: { id: 'own', how: 'known' },
  })
  await removeWeights(context.home, 'copy')
  await removeWeights(context.home, 'keras-D')
  expect((await listWeights(context.home)).here).toEqual([])
})

test('a file that does not say how images are prepared needs to be told, and offers the ways', async () => {
  await expect(importWeightsFile(context, { source: fixture('timm-D.pth') })).rejects.toMatchObject({
    code: 'unknown-preprocessing',
    hint: expect.stringMatching(/torchvision .*caffe /),
  })
  const wrong = { source: fixture('timm-D.pth'), preprocessing: 'tensorflow' }
  await expect(importWeightsFile(context, wrong)).rejects.toMatchObject({ code: 'unknown-preprocessing' })
})

test('where nothing says how images are prepared, it is tried on images, and what fits best is proposed with the figures', async () => {
  const folder = smallFolder()
  try {
    const { dataset } = await importDataset(context, { source: folder })
    const { entry, tried } = await importWeightsFile(context, { source: fixture('timm-D.pth'), dataset })
    expect(tried!.map(({ id }) => id).sort()).toEqual(distinctPreprocessings.map(({ id }) => id).sort())
    const losses = tried!.map(({ loss }) => loss)
    expect(losses).toEqual([...losses].sort((a, b) => a - b))
    expect(new Set(losses).size).toBeGreaterThan(3)
    expect(tried!.every(({ accuracy }) => accuracy >= 0 && accuracy <= 1)).toBe(true)
    expect(tried![0]!.behind).toEqual({ mean: 0, error: 0 })
    tried!.forEach(({ loss, behind }) => expect(behind.mean).toBeCloseTo(loss - losses[0]!, 8))
    expect(tried!.at(-1)!.behind.error).toBeGreaterThan(0)
    const { id } = tried![0]!
    expect(entry.preprocessing).toEqual({ id, how: 'proposed' })
    expect(entry.normalization).toEqual(normalizationFor(findPreprocessing(id)!))
    await removeWeights(context.home, 'timm-D')
  } finally {
    remove(folder)
  }
})

test('that a new head is needed is said', async () => {
  notices.length = 0
  const source = fixture('torchvision-D-features.pth')
  const { entry } = await importWeightsFile(context, {
    source,
    name: 'features',
    preprocessing: 'torchvision',
  })
  expect(entry.classifier).toBe(false)
  expect(notices).toContain('new-head')
})

test('names that are taken, of runs, or of no file on some system are refused', async () => {
  const source = fixture('timm-D.pth')
  const named = (name: string) => importWeightsFile(context, { source, name, preprocessing: 'torchvision' })
  await expect(named('features')).rejects.toMatchObject({ code: 'name-taken' })
  for (const name of ['r1', 'last', 'con', 'a/b', '..', 'a.', '']) {
    await expect(named(name), name).rejects.toMatchObject({ code: 'invalid-name' })
  }
  await expect(removeWeights(context.home, 'nothing')).rejects.toMatchObject({ code: 'unknown-weights-name' })
  await expect(getWeights(context, { name: 'nothing' })).rejects.toMatchObject({
    code: 'unknown-weights-name',
  })
})
