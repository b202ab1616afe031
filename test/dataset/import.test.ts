import { createHash } from 'node:crypto'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { imagePath } from '../../core/dataset/imagePath.ts'
import { importFolder, type ImportProgress } from '../../core/dataset/import.ts'
import type { ImportOptions, Manifest } from '../../core/dataset/types.ts'
import { imageLimits } from '../../core/image/types.ts'
import { blots, png, temporaryFolder, trace, type Folder } from './folders.ts'
import { say } from '../say.ts'

const options: ImportOptions = { validation: 0.2, test: 0.2, seed: 5 }
const open: Folder[] = []
async function newFolder(): Promise<Folder> {
  const folder = await temporaryFolder()
  open.push(folder)
  return folder
}
afterAll(() => Promise.all(open.map((folder) => folder.discard())))

function counts({ images, classes }: Manifest): Record<string, number[]> {
  return Object.fromEntries(
    classes.map((name, label) => [
      name,
      ['train', 'validation', 'test'].map(
        (split) => images.filter((image) => image.label === label && image.split === split).length,
      ),
    ]),
  )
}

describe('a folder with a subfolder per class', () => {
  let folder: Folder
  let manifest: Manifest
  let before: string[]
  beforeAll(async () => {
    folder = await newFolder()
    await folder.fill('dog', 10, 0)
    await folder.fill('Zebra', 20, 100)
    await folder.fill('쿼카/wild', 10, 200)
    before = await trace(folder.path)
    manifest = await importFolder(folder.path, options)
  })

  it('gives classes in the order of code points, and images in the order of paths', () => {
    expect(manifest.classes).toEqual(['Zebra', 'dog', '쿼카'])
    expect(manifest.images).toHaveLength(40)
    const paths = manifest.images.map(({ path }) => path)
    expect(paths).toEqual([...paths].sort())
    expect(manifest.images[0]).toMatchObject({ path: 'Zebra/0.png', label: 0 })
  })
  it('is split by class', () => {
    expect(counts(manifest)).toEqual({ Zebra: [12, 4, 4], dog: [6, 2, 2], 쿼카: [6, 2, 2] })
  })
  it('has facts and the content hash of each file', async () => {
    const image = manifest.images.find(({ path }) => path === 'dog/3.png')!
    const bytes = await png(3)
    expect(image.hash).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(image.info).toMatchObject({
      format: 'png',
      width: 24,
      height: 24,
      colorMode: 'rgb',
      bytes: bytes.length,
    })
    expect(imagePath(manifest, image)).toBe(join(folder.path, 'dog', '3.png'))
  })
  it('has the statistics of its training images alone', () => {
    const training = manifest.images.filter(({ split }) => split === 'train')
    const seeds: Record<string, number> = { dog: 0, Zebra: 100, 쿼카: 200 }
    let red = 0
    for (const { path, label } of training) {
      const data = blots(seeds[manifest.classes[label]!]! + Number.parseInt(path.split('/').at(-1)!))
      for (let at = 0; at < data.length; at += 3) red += data[at]! / (24 * 24) / training.length
    }
    expect(manifest.statistics.mean[0]).toBeCloseTo(red, 6)
  })
  it('is the same whenever it is imported, and split otherwise by another seed', async () => {
    expect(await importFolder(folder.path, options)).toEqual(manifest)
    const other = await importFolder(folder.path, { ...options, seed: 6 })
    expect(counts(other)).toEqual(counts(manifest))
    expect(other.images).not.toEqual(manifest.images)
  })
  it('is not written to', async () => {
    expect(await trace(folder.path)).toEqual(before)
  })
  it('keeps its splits when files are added, renamed or saved anew', async () => {
    const grown = await newFolder()
    await grown.fill('dog', 25, 0)
    await grown.fill('Zebra', 19, 100)
    await grown.put('Zebra/renamed.png', await png(119))
    await grown.put('Zebra/4.png', await png(9999))
    await grown.fill('쿼카/wild', 10, 200)
    const again = await importFolder(grown.path, { ...options, seed: 77, previous: manifest })
    const splitOf = (images: Manifest['images'], path: string) =>
      images.find((image) => image.path === path)!.split
    for (const { path, split } of manifest.images) {
      const now = path === 'Zebra/19.png' ? 'Zebra/renamed.png' : path
      expect([path, splitOf(again.images, now)]).toEqual([path, split])
    }
    expect(counts(again)).toEqual({ Zebra: [12, 4, 4], dog: [15, 5, 5], 쿼카: [6, 2, 2] })
  })
  it('can be imported in part, stratified', async () => {
    const part = await importFolder(folder.path, { ...options, limit: 20 })
    expect(counts(part)).toEqual({ Zebra: [6, 2, 2], dog: [3, 1, 1], 쿼카: [3, 1, 1] })
  })
})

describe('files that can not be used', () => {
  it('are listed with the reason, and everything else is imported', async () => {
    const folder = await newFolder()
    await folder.fill('cat', 5, 0)
    await folder.fill('dog', 5, 50)
    const jpeg = await sharp(blots(1, 64), { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer()
    await folder.put('cat/cut.jpg', jpeg.subarray(0, jpeg.length >> 1))
    await folder.put('cat/empty.jpg', '')
    await folder.put('cat/notes.jpg', 'words')
    await folder.put('cat/png named.jpg', await png(60))
    await folder.put('cat/large.png', await png(61, 200))
    await folder.put('dog/drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>')
    await folder.put('dog/.DS_Store', 'x')
    await folder.put('bird/empty.png', '')
    await folder.put('loose.png', await png(9))
    await symlink('missing', join(folder.path, 'dog/gone.png'))
    const manifest = await importFolder(folder.path, {
      ...options,
      limits: { ...imageLimits, pixels: 10_000 },
    })
    expect(manifest.classes).toEqual(['cat', 'dog'])
    expect(manifest.images).toHaveLength(11)
    expect(manifest.images.find(({ path }) => path === 'cat/png named.jpg')!.info.format).toBe('png')
    expect(manifest.problems.map(({ path, code }) => [path, code])).toEqual([
      ['bird', 'empty-class'],
      ['bird/empty.png', 'empty'],
      ['cat/cut.jpg', 'truncated'],
      ['cat/empty.jpg', 'empty'],
      ['cat/large.png', 'too-large'],
      ['cat/notes.jpg', 'not-an-image'],
      ['dog/drawing.svg', 'unsupported'],
      ['dog/gone.png', 'broken-link'],
      ['loose.png', 'no-class'],
    ])
    for (const { reason } of manifest.problems) expect(say(reason)).toMatch(/^[A-Z].*\.$/)
    expect(manifest.problems.every(({ reason }) => !say(reason).includes(folder.path))).toBe(true)
  })
  it('do not count to a limit', async () => {
    const folder = await newFolder()
    for (let index = 0; index < 10; index++) await folder.put(`cat/bad${index}.png`, '')
    await folder.fill('cat', 10, 0)
    await folder.fill('dog', 20, 50)
    const manifest = await importFolder(folder.path, { ...options, limit: 20 })
    expect(manifest.images).toHaveLength(20)
    expect(Object.values(counts(manifest)).map((of) => of.reduce((sum, count) => sum + count, 0))).toEqual([
      10, 10,
    ])
  })
})

describe('a split tree', () => {
  it('keeps its own splits and has one list of classes', async () => {
    const folder = await newFolder()
    await folder.fill('train/b', 4, 0)
    await folder.fill('train/a', 4, 10)
    await folder.fill('Valid/b', 2, 20)
    await folder.fill('test/c', 2, 30)
    const manifest = await importFolder(folder.path, options)
    expect(counts(manifest)).toEqual({ a: [4, 0, 0], b: [4, 2, 0], c: [0, 0, 2] })
  })
})

it('a CSV file gives labels and splits', async () => {
  const folder = await newFolder()
  await folder.fill('images', 12, 0)
  const rows = Array.from(
    { length: 12 },
    (_, i) => `images/${i}.png,${i % 2 ? 'odd' : 'even'},${i < 8 ? 'train' : 'test'}`,
  )
  await folder.put('labels.csv', ['path,label,split', ...rows, 'images/12.png,odd,train'].join('\n'))
  const before = await trace(folder.path)
  const manifest = await importFolder(join(folder.path, 'labels.csv'), { ...options, validation: 0.25 })
  expect(counts(manifest)).toEqual({ even: [3, 1, 2], odd: [3, 1, 2] })
  expect(manifest).toMatchObject({ root: folder.path, source: { kind: 'csv' } })
  expect(manifest.problems).toMatchObject([{ path: 'images/12.png', code: 'missing' }])
  expect(await trace(folder.path)).toEqual(before)
})

it('duplicates go into one split', async () => {
  const folder = await newFolder()
  await folder.fill('a', 30, 0)
  await folder.fill('b', 30, 100)
  for (let index = 0; index < 10; index++) {
    await folder.put(`a/copy${index}.png`, await png(index))
    const smaller = await sharp(await png(100 + index, 120))
      .resize(90)
      .jpeg({ quality: 80 })
      .toBuffer()
    await folder.put(`b/${index}.png`, await png(100 + index, 120))
    await folder.put(`b/smaller${index}.jpg`, smaller)
  }
  const { images } = await importFolder(folder.path, options)
  const splitOf = (path: string) => images.find((image) => image.path === path)!.split
  for (let index = 0; index < 10; index++) {
    expect(splitOf(`a/copy${index}.png`)).toBe(splitOf(`a/${index}.png`))
    expect(splitOf(`b/smaller${index}.jpg`)).toBe(splitOf(`b/${index}.png`))
  }
})

describe('refused, with what to do', () => {
  it('fewer than two usable classes', async () => {
    const folder = await newFolder()
    await folder.fill('cat', 3, 0)
    await folder.put('dog/broken.png', '')
    await expect(importFolder(folder.path, options)).rejects.toMatchObject({
      code: 'too-few-classes',
      message: expect.stringContaining('“cat”') as string,
      hint: expect.stringContaining('dog/broken.png') as string,
    })
  })
  it('a folder that wraps the classes', async () => {
    const folder = await newFolder()
    await folder.fill('images/cat', 2, 0)
    await folder.fill('images/dog', 2, 5)
    await expect(importFolder(folder.path, options)).rejects.toMatchObject({
      code: 'too-few-classes',
      hint: expect.stringContaining(join(folder.path, 'images')) as string,
    })
  })
  it('test images without training images', async () => {
    const folder = await newFolder()
    await folder.fill('images', 2, 0)
    await folder.put('list.csv', 'images/0.png,a,test\nimages/1.png,b,test\n')
    await expect(importFolder(join(folder.path, 'list.csv'), options)).rejects.toMatchObject({
      code: 'no-training-images',
    })
  })
})

describe('a long import', () => {
  let folder: Folder
  beforeAll(async () => {
    folder = await newFolder()
    await folder.fill('a', 40, 0)
    await folder.fill('b', 40, 100)
  })
  it('reports its progress, phase by phase', async () => {
    const seen: ImportProgress[] = []
    await importFolder(folder.path, options, { onProgress: (progress) => seen.push(progress) })
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(['scan', 'verify', 'statistics'])
    const verify = seen.filter(({ phase }) => phase === 'verify')
    expect(verify[0]).toEqual({ phase: 'verify', done: 0, total: 80, secondsLeft: null })
    expect(verify.at(-1)).toEqual({ phase: 'verify', done: 80, total: 80, secondsLeft: 0 })
    expect(seen.at(-1)).toEqual({ phase: 'statistics', done: 48, total: 48, secondsLeft: 0 })
  })
  it('can be canceled anywhere', async () => {
    for (const phase of ['scan', 'verify', 'statistics'] as const) {
      const controller = new AbortController()
      const canceled = importFolder(folder.path, options, {
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.phase === phase) controller.abort()
        },
      })
      await expect(canceled).rejects.toMatchObject({ code: 'canceled' })
    }
  })
})
