import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resolveHome } from '../../../core/jobs/context/home.ts'
import { expectedOf, withExpectedImages } from '../../../core/jobs/training/expectedImages.ts'
import { parseRecipe } from '../../../core/training/recipe.ts'
import { weightsCatalog } from '../../../core/weights/catalog.ts'
import { importWeights, imported, inspect } from '../../../core/weights/import.ts'
import { findPreprocessing, usualResize } from '../../../core/weights/preprocessings.ts'
import { openWeights } from '../../../core/weights/readers/open.ts'
import { fileURLToPath } from 'node:url'
import { remove, temporaryFolder } from '../../server/support.ts'

const normalization = { mean: [1, 2, 3], std: [4, 5, 6] } as const
const newer = { mode: 'crop', scale: 232, crop: 224 } as const
const squashed = { mode: 'squash', scale: 224, crop: 224 } as const

let folder: string
beforeAll(() => {
  folder = temporaryFolder()
})
afterAll(() => remove(folder))

const prepared = (asked: { data?: object }, resize: Parameters<typeof withExpectedImages>[2]['resize']) =>
  withExpectedImages(parseRecipe(asked), asked, { normalization, resize }).data

test('Images are resized and cut as weights expect, in proportion to the crop', () => {
  expect(prepared({}, newer)).toMatchObject({ crop: 224, mode: 'crop', scale: { min: 232, max: 232 } })
  expect(prepared({ data: { crop: 112 } }, newer)).toMatchObject({ crop: 112, scale: { min: 116, max: 116 } })
  expect(prepared({}, squashed)).toMatchObject({ mode: 'squash', scale: { min: 224, max: 224 } })
  expect(prepared({}, null)).toMatchObject({ mode: 'crop', scale: { min: 256, max: 256 } })
  for (const resize of [newer, null]) expect(prepared({}, resize).normalization).toEqual(normalization)
})

test('What was asked for goes before what weights expect', () => {
  const scale = { min: 300, max: 400 }
  expect(prepared({ data: { scale } }, newer).scale).toEqual(scale)
  // Another way to resize has its own scale.
  expect(prepared({ data: { mode: 'pad' } }, squashed)).toMatchObject({ mode: 'pad' })
  expect(prepared({ data: { mode: 'pad' } }, squashed).scale).not.toEqual({ min: 224, max: 224 })
  expect(prepared({ data: { normalization: 'mean' } }, newer).normalization).toBe('mean')
})

test('What weights expect is kept with them, and found by their name alone', async () => {
  const home = resolveHome(folder)
  mkdirSync(join(folder, 'weights'))
  const source = fileURLToPath(
    new URL('../../fixtures/weights/files/torchvision-A-legacy.pth', import.meta.url),
  )
  const file = await openWeights(source)
  try {
    const known = imported(findPreprocessing('torchvision')!, 'known', newer)
    const own = { file, sha256: '', name: 'small', created: 0, attribution: { license: null, text: 'None.' } }
    const path = join(folder, 'weights', 'small.safetensors')
    await importWeights(await inspect(file), { ...own, path, preprocessing: known })
  } finally {
    await file.close()
  }
  const from = (run: string) => parseRecipe({ initialization: { from: { run } } })
  expect(await expectedOf(home, from('small'))).toMatchObject({ resize: newer })
  expect(await expectedOf(home, from('r1'))).toBeNull()
  expect(await expectedOf(home, parseRecipe({}))).toBeNull()
})

test('torchvision’s newer weights have a scale of their own, the others the usual one', () => {
  const ruleOf = (name: string) => weightsCatalog.find((entry) => entry.name === name)!.resize ?? usualResize
  expect(ruleOf('torchvision-resnet50-v2')).toEqual(newer)
  expect(ruleOf('torchvision-vgg16')).toEqual(usualResize)
})
