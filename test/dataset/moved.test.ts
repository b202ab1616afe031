import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { difference } from '../../core/dataset/difference.ts'
import { imagePath } from '../../core/dataset/imagePath.ts'
import { importFolder } from '../../core/dataset/import.ts'
import { relocate } from '../../core/dataset/relocate.ts'
import type { Manifest } from '../../core/dataset/types.ts'
import { png, temporaryFolder, trace, type Folder } from './folders.ts'

const options = { validation: 0.2, test: 0.2, seed: 1 }
let original: Folder
let manifest: Manifest
beforeAll(async () => {
  original = await temporaryFolder()
  await original.fill('a', 5, 0)
  await original.fill('b', 5, 50)
  await original.put('b/copy of a0.png', await png(0))
  await original.put('b/broken.png', '')
  manifest = await importFolder(original.path, options)
})
afterAll(() => original.discard())

let place: Folder
let copy: string
beforeEach(async () => {
  place = await temporaryFolder()
  copy = join(place.path, 'elsewhere', 'set')
  await cp(original.path, copy, { recursive: true })
  return () => place.discard()
})

describe('a data set that moved', () => {
  it('is found in its new folder', async () => {
    const before = await trace(place.path)
    const { manifest: found, missing } = await relocate(manifest, copy)
    expect(found).toEqual({ ...manifest, root: copy })
    expect(missing).toEqual([])
    expect(await trace(place.path)).toEqual(before)
  })
  it('is found from a folder above', async () => {
    expect((await relocate(manifest, place.path)).manifest).toEqual({ ...manifest, root: copy })
  })
  it('is found by content when files were renamed and rearranged', async () => {
    await mkdir(join(copy, 'all', 'deep'), { recursive: true })
    for (const { path } of manifest.images)
      await rename(join(copy, path), join(copy, 'all', 'deep', path.replace('/', ' ')))
    await place.put('elsewhere/set/other.png', await png(999))
    const { manifest: found, missing } = await relocate(manifest, copy)
    expect(missing).toEqual([])
    const facts = ({ images }: Manifest) =>
      images.map(({ label, hash, split }) => `${hash} ${label} ${split}`).sort()
    expect(facts(found)).toEqual(facts(manifest))
    expect(found.images.map(({ path }) => path)).toContain('all/deep/a 3.png')
    expect(new Set(found.images.map((image) => imagePath(found, image))).size).toBe(manifest.images.length)
  })
  it('has its old root, found from above, though single files were renamed or are gone', async () => {
    await rename(join(copy, 'a/1.png'), join(copy, 'a/other name.png'))
    await rm(join(copy, 'a/2.png'))
    const { manifest: found, missing, renamed } = await relocate(manifest, place.path)
    expect(found.root).toBe(copy)
    expect(missing).toEqual(['a/2.png'])
    expect([...renamed]).toEqual([['a/1.png', 'a/other name.png']])
    expect(found.images.map(({ path }) => path)).toContain('a/other name.png')
  })
  it('tells copies apart by their names', async () => {
    await rename(join(copy, 'b'), join(copy, 'z'))
    const { manifest: found } = await relocate(manifest, copy)
    const labels = Object.fromEntries(found.images.map(({ path, label }) => [path, found.classes[label]]))
    expect(labels).toMatchObject({ 'a/0.png': 'a', 'z/copy of a0.png': 'b', 'z/1.png': 'b' })
  })
  it('is found without what is missing', async () => {
    await rm(join(copy, 'a/2.png'))
    const { manifest: found, missing } = await relocate(manifest, copy)
    expect(missing).toEqual(['a/2.png'])
    expect(found.root).toBe(copy)
    expect(found.images).toHaveLength(manifest.images.length - 1)
    expect(found.problems.at(-1)).toMatchObject({ path: 'a/2.png', code: 'missing' })
  })
  it('is not found where nothing of it is', async () => {
    const empty = await temporaryFolder()
    await expect(relocate(manifest, empty.path)).rejects.toMatchObject({ code: 'not-found' })
    await empty.discard()
  })
})

describe('the difference to what is there now', () => {
  it('is none right after the import', async () => {
    expect(await difference(manifest)).toEqual({
      unchanged: 11,
      changed: [],
      missing: [],
      moved: [],
      added: [],
    })
  })
  it('names changed, missing, moved and new files', async () => {
    await place.put('elsewhere/set/a/1.png', await png(777))
    await rm(join(copy, 'a/2.png'))
    await rename(join(copy, 'b/3.png'), join(copy, 'b/renamed.png'))
    await place.put('elsewhere/set/b/new.png', await png(888))
    await place.put('elsewhere/set/b/.hidden', 'x')
    const before = await trace(place.path)
    expect(await difference(manifest, { folder: copy })).toEqual({
      unchanged: 8,
      changed: ['a/1.png'],
      missing: ['a/2.png'],
      moved: [{ from: 'b/3.png', to: 'b/renamed.png' }],
      added: ['b/new.png'],
    })
    expect(await trace(place.path)).toEqual(before)
  })
  it('notices a change that keeps the file size', async () => {
    const bytes = await png(1)
    bytes[bytes.length - 20]! ^= 1
    await place.put('elsewhere/set/a/1.png', bytes)
    expect((await difference(manifest, { folder: copy })).changed).toEqual(['a/1.png'])
  })
  it('is seen from sizes and times alone, without reading what was not touched', async () => {
    await place.put('elsewhere/set/a/1.png', await png(777))
    await rm(join(copy, 'a/2.png'))
    await rename(join(copy, 'b/3.png'), join(copy, 'b/renamed.png'))
    await place.put('elsewhere/set/b/broken.png', await png(5))
    const same = await png(3)
    same[same.length - 20]! ^= 1
    await place.put('elsewhere/set/a/3.png', same)
    const later = await difference(manifest, { folder: copy, imported: Date.now() + 10_000 })
    expect(later).toMatchObject({ changed: ['a/1.png'], missing: ['a/2.png'], added: [] })
    expect(later.moved).toEqual([{ from: 'b/3.png', to: 'b/renamed.png' }])
    const since = await difference(manifest, { folder: copy, imported: Date.now() - 600_000 })
    expect(since.changed).toEqual(['a/1.png', 'a/3.png', 'b/broken.png'])
  })
  it('calls nothing new that a limited import left aside', async () => {
    const part = await importFolder(copy, { ...options, limit: 6 })
    const asked = { imported: Date.now() + 10_000, limited: true }
    expect(await difference(part, asked)).toMatchObject({ missing: [], added: [] })
    await place.put('elsewhere/set/b/new.png', await png(888))
    const { added } = await difference(part, { imported: Date.now() - 10, limited: true })
    expect(added).toContain('b/new.png')
  })
  it('is everything where the folder is gone', async () => {
    const { unchanged, missing } = await difference(manifest, { folder: join(place.path, 'gone') })
    expect(unchanged).toBe(0)
    expect(missing).toEqual(manifest.images.map(({ path }) => path))
  })
  it('reads the list again for a CSV file', async () => {
    const list = join(copy, 'list.csv')
    await place.put('elsewhere/set/list.csv', 'path,label\na/0.png,x\na/1.png,x\nb/0.png,y\nb/1.png,y\n')
    const listed = await importFolder(list, options)
    await place.put('elsewhere/set/list.csv', 'path,label\na/0.png,x\nb/0.png,y\nb/1.png,y\nb/2.png,y\n')
    expect(await difference(listed)).toMatchObject({ unchanged: 3, missing: ['a/1.png'], added: ['b/2.png'] })
  })
})
