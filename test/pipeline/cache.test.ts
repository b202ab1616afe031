import { mkdir, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLoader } from '../../core/pipeline/loader.ts'
import type { Item, Loader, LoadedBatch, LoaderOptions } from '../../core/pipeline/types.ts'
import {
  blobs,
  collect,
  copyOf,
  epochOf,
  augmentation,
  inOrder,
  mixedItems,
  normalization,
  temporaryFolder,
} from './pictures.ts'
import type { Folder } from './pictures.ts'

let folder: Folder
let items: Item[]
let cache: string
let opened: Loader[]
beforeEach(async () => {
  folder = await temporaryFolder()
  items = await mixedItems(folder)
  // Large enough to be decoded at reduced size, which then is what both sides crop from.
  const large = await folder.put('large.jpg', await blobs(640, 480, 99))
  items.push({ path: large, label: 0 })
  cache = join(folder.path, 'cache', 'images')
  opened = []
})
afterEach(async () => {
  await Promise.all(opened.map((loader) => loader.dispose()))
  await folder.discard()
})

function open(bytes: number | null = 1e8, options: Partial<LoaderOptions> = {}): Loader {
  const kept = bytes === null ? {} : { cache: { folder: cache, bytes } }
  const loader = openLoader({ items, normalization, threads: 2, ...kept, ...options })
  opened.push(loader)
  return loader
}

/** Training, twice with other draws, and the center view: all that is cached. */
async function everything(loader: Loader): Promise<LoadedBatch[]> {
  const order = inOrder(items.length)
  const view = { kind: 'center', scale: 64, crop: 48, mode: 'pad' } as const
  return [
    ...(await epochOf(loader, { order, epoch: 0 })),
    ...(await epochOf(loader, { order, epoch: 1 })),
    ...(await collect(loader.views({ view, microBatch: 5 }))),
  ]
}

async function entries(): Promise<string[]> {
  const found = await readdir(cache, { recursive: true, withFileTypes: true }).catch(() => [])
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function bytesKept(): Promise<number> {
  const sizes = await Promise.all((await entries()).map(async (path) => (await stat(path)).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

describe('the cache', () => {
  it('never shows in the pixels: without, filling, filled', async () => {
    const without = await everything(open(null))
    expect(await entries()).toEqual([])
    expect(await everything(open())).toEqual(without)
    expect((await entries()).length).toBe(2 * 16)
    expect(await everything(open())).toEqual(without)
  })

  it('serves files by the hash of their content, wherever they are now', async () => {
    items = items.slice(0, 4).map((item, index) => ({ ...item, hash: `hash of ${index}` }))
    const before = await everything(open())
    for (const { path } of items) await writeFile(path, Buffer.alloc((await stat(path)).size))
    expect(await everything(open())).toEqual(before)
    expect((await everything(open(null))).flatMap(({ failures }) => failures).length).toBe(12)
    await rm(items[2]!.path)
    expect((await everything(open())).flatMap(({ failures }) => failures).length).toBe(3)
  })

  it('sees a change of a file whose hash it does not know', async () => {
    items = items.slice(0, 1)
    const before = await everything(open())
    await writeFile(items[0]!.path, await blobs(80, 70, 1234))
    const after = await everything(open())
    expect(after).not.toEqual(before)
    expect(after).toEqual(await everything(open(null)))
  })

  it('may be deleted while it is in use', async () => {
    const order = Uint32Array.from({ length: 1200 }, (_, index) => [0, 1, 2, 3][index % 4]!)
    const expected = await epochOf(open(null), { order })
    const loader = open()
    const seen: LoadedBatch[] = []
    for await (const batch of loader.training({
      order,
      from: 0,
      microBatch: 4,
      augmentation,
      seed: 3,
      epoch: 1,
    })) {
      seen.push(copyOf(batch))
      // Threads are at most 256 images ahead: the last part of the epoch fills it again.
      if (seen.length % 40 === 5 && seen.length < 200)
        await rm(cache, { recursive: true, force: true, maxRetries: 9 })
    }
    expect(seen).toEqual(expected)
    expect((await entries()).length).toBe(4)
  })

  it('replaces entries that were cut off or lost pages to a power cut', async () => {
    const expected = await everything(open())
    const paths = await entries()
    for (const [index, path] of paths.entries()) {
      const { size } = await stat(path)
      if (index % 3 === 0) await truncate(path, index % 2 === 0 ? 0 : size - 100)
      if (index % 3 === 1) await writeFile(path, Buffer.alloc(size))
      if (index % 3 === 2) {
        const whole = await readFile(path)
        await writeFile(path, whole.fill(0, 4096, Math.min(size, 8192)))
      }
    }
    expect(await everything(open())).toEqual(expected)
    expect((await entries()).sort()).toEqual(paths.sort())
  })

  it('replaces entries in which a single bit has flipped', async () => {
    const expected = await everything(open())
    for (const [index, path] of (await entries()).entries()) {
      const bytes = await readFile(path)
      bytes[16 + ((index * 1009) % (bytes.length - 16))]! ^= 1 << (index % 8)
      await writeFile(path, bytes)
    }
    expect(await everything(open())).toEqual(expected)
  })

  it('stays within its bytes, and makes room for what is in use now', async () => {
    const limit = 60_000
    const loader = open(limit)
    const expected = await everything(open(null))
    expect(await everything(loader)).toEqual(expected)
    expect(await bytesKept()).toBeLessThanOrEqual(limit)
    expect(await bytesKept()).toBeGreaterThan(limit / 2)
    const old = new Set(await entries())
    // As if from an earlier day.
    for (const path of old) await utimes(path, 1e9, 1e9)

    items = [{ path: await folder.put('new.jpg', await blobs(100, 100, 5)), label: 0 }]
    const other = open(limit)
    await epochOf(other, { order: Uint32Array.of(0), epoch: 0 })
    await epochOf(other, { order: Uint32Array.of(0), epoch: 1 })
    expect((await entries()).filter((path) => !old.has(path)).length).toBe(1)
    expect(await bytesKept()).toBeLessThanOrEqual(limit)

    await collect(
      open(10_000).views({ view: { kind: 'center', scale: 40, crop: 40, mode: 'crop' }, microBatch: 1 }),
    )
    expect(await bytesKept()).toBeLessThanOrEqual(10_000)
  })

  it('touches nothing but its own entries', async () => {
    await mkdir(join(cache, 'ab'), { recursive: true })
    const foreign = [join(cache, 'photo.jpg'), join(cache, 'ab', 'photo.jpg'), join(cache, 'notes')]
    for (const path of foreign) await writeFile(path, Buffer.alloc(5000))
    await everything(open(1000))
    for (const path of foreign) expect((await stat(path)).size).toBe(5000)
  })

  it('is done without where the folder cannot be written', async () => {
    await mkdir(join(folder.path, 'cache'))
    await writeFile(cache, 'A file is in the way.')
    expect(await everything(open())).toEqual(await everything(open(null)))
  })
})
