import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeAtomic } from '../../core/base/files.ts'

const folder = (): string => mkdtempSync(join(tmpdir(), 'vgg-studio-files-'))

describe('an atomic write', () => {
  it('creates the file and the folders above it', async () => {
    const path = join(folder(), 'a', 'b', 'file.txt')
    await writeAtomic(path, 'text')
    expect(readFileSync(path, 'utf8')).toBe('text')
  })

  it('leaves the old content and no rubbish when writing fails halfway', async () => {
    const place = folder()
    const path = join(place, 'file.txt')
    writeFileSync(path, 'old')
    const failing = writeAtomic(path, async (file) => {
      await file.write('half of the new')
      throw new Error('disk full')
    })
    await expect(failing).rejects.toThrow('disk full')
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readdirSync(place)).toEqual(['file.txt'])
  })

  it('lets the last of several writers win whole', async () => {
    const path = join(folder(), 'file.txt')
    const texts = Array.from({ length: 8 }, (_, index) => String(index).repeat(10_000))
    await Promise.all(texts.map((text) => writeAtomic(path, text)))
    expect(texts).toContain(readFileSync(path, 'utf8'))
  })
})
