import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const sample = fileURLToPath(new URL('../../resources/sample', import.meta.url))

const files = (folder: string): string[] =>
  readdirSync(join(sample, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

/** How many files each folder has, by its path in the sample. */
function counts(folder: string): Record<string, number> {
  const folders = files(folder).map((path) =>
    path
      .slice(sample.length + 1)
      .split(sep)
      .slice(0, -1)
      .join('/'),
  )
  return Object.fromEntries(
    [...Map.groupBy(folders.sort(), (name) => name)].map(([name, all]) => [name, all.length]),
  )
}

/** Width, height and color type out of a PNG's first chunk. */
function png(path: string): { width: number; height: number; colorType: number } {
  const bytes = readFileSync(path)
  expect(bytes.toString('latin1', 1, 4)).toBe('PNG')
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), colorType: bytes[25]! }
}

describe('the sample data', () => {
  test('Fashion-MNIST has 120 training and 40 test images in each of ten classes', () => {
    const classes = 'ankle-boot bag coat dress pullover sandal shirt sneaker t-shirt trouser'.split(' ')
    const expected = [
      ...classes.map((name) => [`fashion-mnist/test/${name}`, 40]),
      ...classes.map((name) => [`fashion-mnist/train/${name}`, 120]),
    ]
    expect(counts('fashion-mnist')).toEqual(Object.fromEntries(expected))
    expect(png(files('fashion-mnist')[0]!)).toEqual({ width: 28, height: 28, colorType: 0 })
  })

  test('the clip art has six classes of 60, up to 256 pixels, of every shape and kind of PNG', () => {
    const classes = ['animals', 'cards', 'flags', 'fruit', 'people', 'signs']
    expect(counts('clipart')).toEqual(Object.fromEntries(classes.map((name) => [`clipart/${name}`, 60])))
    const images = files('clipart').map(png)
    expect(Math.max(...images.map(({ width, height }) => Math.max(width, height)))).toBe(256)
    const aspects = images.map(({ width, height }) => width / height)
    expect(Math.min(...aspects)).toBeLessThan(0.5)
    expect(Math.max(...aspects)).toBeGreaterThan(2)
    // RGB, palette, RGB with alpha.
    expect(new Set(images.map(({ colorType }) => colorType))).toEqual(new Set([2, 3, 6]))
  })

  test('no picture stands twice', () => {
    const contents = [...files('fashion-mnist'), ...files('clipart')].map((path) => {
      return readFileSync(path, 'latin1')
    })
    expect(new Set(contents).size).toBe(contents.length)
  })

  test('stays small, and its licences stand beside it', () => {
    const bytes = files('').reduce((sum, path) => sum + statSync(path).size, 0)
    expect(bytes).toBeLessThan(12e6)
    const names = readdirSync(sample)
    expect(names).toEqual(expect.arrayContaining(['README.md', 'clipart.LICENSE', 'fashion-mnist.LICENSE']))
  })
})
