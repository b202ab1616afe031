import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { listPictures, generatePictures } from '../../core/bench/pictures.ts'
import { identifyBytes } from '../../core/image/identify.ts'

const folder = mkdtempSync(join(tmpdir(), 'vgg-bench-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('made pictures are JPEG files of about 500×375 and 60–120 KB', async () => {
  const files = await generatePictures(join(folder, 'a'), 12)
  expect(new Set(files.map((file) => basename(file))).size).toBe(12)
  for (const file of files) {
    const { format, width, height, bytes } = await identifyBytes(readFileSync(file))
    expect(format).toBe('jpeg')
    expect(width * height).toBeGreaterThan(160_000)
    expect(width * height).toBeLessThan(200_000)
    expect(bytes).toBeGreaterThan(50_000)
    expect(bytes).toBeLessThan(130_000)
  }
})

test('they are the same everywhere, no two alike, and kept for the next time', async () => {
  const [here, there] = [
    await generatePictures(join(folder, 'b'), 3),
    await generatePictures(join(folder, 'c'), 3),
  ]
  const contents = here.map((file) => readFileSync(file).toString('base64'))
  expect(there.map((file) => readFileSync(file).toString('base64'))).toEqual(contents)
  expect(new Set(contents).size).toBe(3)
  utimesSync(here[0]!, 1, 1)
  expect(await generatePictures(join(folder, 'b'), 3)).toEqual(here)
  expect(statSync(here[0]!).mtimeMs).toBe(1000)
})

test('canceled while painting, nothing is left behind', async () => {
  const controller = new AbortController()
  const place = join(folder, 'd')
  const options = { signal: controller.signal, onProgress: () => controller.abort() }
  await expect(generatePictures(place, 5, options)).rejects.toMatchObject({ code: 'canceled' })
  expect(readdirSync(place)).toEqual([])
})

test('in a folder of one’s own the first JPEG files by name are taken, hidden ones not', async () => {
  const own = join(folder, 'own')
  mkdirSync(join(own, 'inside'), { recursive: true })
  for (const name of ['b.JPG', 'a.jpeg', '.hidden.jpg', 'notes.txt', 'inside/c.jpg', 'z.jpg'])
    writeFileSync(join(own, name), '')
  const expected = ['a.jpeg', 'b.JPG', 'inside/c.jpg'].map((name) => join(own, name))
  expect(await listPictures(own, 3)).toEqual(expected)
})

test('a folder without JPEG files, or none at all, is refused with its name', async () => {
  mkdirSync(join(folder, 'empty'))
  await expect(listPictures(join(folder, 'empty'), 3)).rejects.toMatchObject({ code: 'no-images' })
  await expect(listPictures(join(folder, 'nowhere'), 3)).rejects.toMatchObject({
    code: 'unreadable',
    message: expect.stringContaining('nowhere'),
  })
})
