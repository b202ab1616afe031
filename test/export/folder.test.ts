import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { writeFolder, type FolderPlan } from '../../core/export/folder.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vgg-folder-'))
})
afterEach(() => rm(root, { recursive: true }))

const plan = (changes: Partial<FolderPlan> = {}): FolderPlan => ({
  out: join(root, 'out'),
  files: ['a.txt', 'mark.json'],
  replaceable: () => Promise.resolve(false),
  fill: async (folder) => {
    await writeFile(join(folder, 'a.txt'), 'new')
    await writeFile(join(folder, 'mark.json'), '{}')
  },
  ...changes,
})

describe('an output folder', () => {
  test('appears with all its files, and nothing else is left', async () => {
    await writeFolder(plan())
    expect(await readdir(root)).toEqual(['out'])
    expect((await readdir(join(root, 'out'))).sort()).toEqual(['a.txt', 'mark.json'])
  })

  test('may lie in folders that do not exist yet', async () => {
    await writeFolder(plan({ out: join(root, 'x', 'y') }))
    expect(await readdir(join(root, 'x'))).toEqual(['y'])
  })

  test('does not appear when filling it fails', async () => {
    const fill = async (folder: string) => {
      await writeFile(join(folder, 'a.txt'), 'half')
      throw new Error('no more')
    }
    await expect(writeFolder(plan({ fill }))).rejects.toThrow('no more')
    expect(await readdir(root)).toEqual([])
  })

  test('that exists keeps the files that are not ours', async () => {
    await mkdir(join(root, 'out'))
    await writeFile(join(root, 'out', 'mine.txt'), 'mine')
    await writeFolder(plan())
    expect((await readdir(join(root, 'out'))).sort()).toEqual(['a.txt', 'mark.json', 'mine.txt'])
  })

  test('with a file of that name is refused before anything is computed', async () => {
    await mkdir(join(root, 'out'))
    await writeFile(join(root, 'out', 'a.txt'), 'mine')
    const fill = () => Promise.reject(new Error('was computed'))
    await expect(writeFolder(plan({ fill }))).rejects.toMatchObject({ code: 'output-exists' })
    expect(await readFile(join(root, 'out', 'a.txt'), 'utf8')).toBe('mine')
  })

  test('with an earlier export gets the new one in its place', async () => {
    await writeFolder(plan())
    const fill = async (folder: string) => {
      await writeFile(join(folder, 'a.txt'), 'newer')
      await writeFile(join(folder, 'mark.json'), '{}')
    }
    await writeFolder(plan({ fill, replaceable: () => Promise.resolve(true) }))
    expect(await readFile(join(root, 'out', 'a.txt'), 'utf8')).toBe('newer')
    expect((await readdir(join(root, 'out'))).sort()).toEqual(['a.txt', 'mark.json'])
  })

  test('keeps an earlier export when the new one fails', async () => {
    await writeFolder(plan())
    const fill = () => Promise.reject(new Error('no more'))
    const again = plan({ fill, replaceable: () => Promise.resolve(true) })
    await expect(writeFolder(again)).rejects.toThrow('no more')
    expect((await readdir(join(root, 'out'))).sort()).toEqual(['a.txt', 'mark.json'])
    expect(await readFile(join(root, 'out', 'a.txt'), 'utf8')).toBe('new')
  })

  test('that is a file is refused', async () => {
    await writeFile(join(root, 'out'), 'a file')
    await expect(writeFolder(plan())).rejects.toMatchObject({ code: 'output-exists' })
  })

  test('that cannot be made is refused with its name', async () => {
    await writeFile(join(root, 'file'), '')
    const work = writeFolder(plan({ out: join(root, 'file', 'out') }))
    await expect(work).rejects.toMatchObject({ code: 'output-not-writable' })
    await expect(work).rejects.toThrow(join(root, 'file', 'out'))
  })
})
