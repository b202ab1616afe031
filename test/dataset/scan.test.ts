import { execFileSync } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { byCodePoints } from '../../core/dataset/names.ts'
import { scanFolder } from '../../core/dataset/scan.ts'
import { temporaryFolder, type Folder } from './folders.ts'
import { say } from '../say.ts'

let folder: Folder
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => folder.discard())

const put = async (...names: string[]): Promise<void> => {
  for (const name of names) await folder.put(name, 'x')
}
const scan = () => scanFolder(folder.path)
const listing = async (): Promise<string[]> =>
  (await scan()).entries.map(({ path, className, given }) => `${path} ${className} ${given ?? '-'}`)
const problems = async (): Promise<string[]> =>
  (await scan()).problems.map(({ path, code }) => `${path} ${code}`)

describe('class per subfolder', () => {
  it('takes the folder of the first level as class, and folders inside it count to it', async () => {
    await put('cat/1.png', 'cat/white/2.png', 'cat/white/young/3.png', 'dog/1.png')
    expect(await listing()).toEqual([
      'cat/1.png cat -',
      'cat/white/2.png cat -',
      'cat/white/young/3.png cat -',
      'dog/1.png dog -',
    ])
  })

  it('ignores hidden files and folders', async () => {
    await put('cat/1.png', 'cat/.DS_Store', 'cat/Thumbs.db', 'cat/desktop.ini', 'cat/._1.png', 'dog/1.png')
    await put('.git/1.png', '.ipynb_checkpoints/1.png', '__MACOSX/cat/1.png', 'cat/.ipynb_checkpoints/1.png')
    await put('@eaDir/1.png', 'cat/__MACOSX/._1.png')
    expect(await listing()).toEqual(['cat/1.png cat -', 'dog/1.png dog -'])
    expect(await problems()).toEqual([])
  })

  it('lists images that lie in no class folder, but no lists and licenses', async () => {
    await put('cat/1.png', 'dog/1.png', 'loose.jpg', 'LICENSE', 'labels.txt')
    expect(await problems()).toEqual(['loose.jpg no-class'])
  })

  it('takes a folder called train for a class among others', async () => {
    await put('train/1.png', 'bus/1.png', 'car/1.png')
    expect(await listing()).toEqual(['bus/1.png bus -', 'car/1.png car -', 'train/1.png train -'])
  })

  it('takes train folders with other folders beside them for classes, too', async () => {
    await put('train/steam/1.png', 'bus/1.png')
    expect(await listing()).toEqual(['bus/1.png bus -', 'train/steam/1.png train -'])
  })
})

describe('split trees', () => {
  for (const [train, validation, test] of [
    ['train', 'val', 'test'],
    ['Train', 'VALID', 'Test'],
    ['TRAIN', 'Validation', 'testing'],
  ] as const)
    it(`${train}, ${validation}, ${test}`, async () => {
      await put(`${train}/cat/1.png`, `${train}/dog/a/1.png`, `${validation}/cat/1.png`, `${test}/dog/1.png`)
      expect((await listing()).sort()).toEqual(
        [
          `${train}/cat/1.png cat train`,
          `${train}/dog/a/1.png dog train`,
          `${validation}/cat/1.png cat validation`,
          `${test}/dog/1.png dog test`,
        ].sort(),
      )
    })

  it('reads a tree with train alone', async () => {
    await put('train/cat/1.png', 'train/dog/1.png')
    expect(await listing()).toEqual(['train/cat/1.png cat train', 'train/dog/1.png dog train'])
  })

  it('says what lies outside of the split folders, and outside of their classes', async () => {
    await put('train/cat/1.png', 'train/dog/1.png', 'test/1.png', 'notes/1.png', 'loose.png')
    expect(await listing()).toEqual(['train/cat/1.png cat train', 'train/dog/1.png dog train'])
    expect(await problems()).toEqual(['loose.png no-split', 'notes no-split', 'test/1.png no-class'])
  })

  it('sums up many unlabeled files in one line', async () => {
    await put('train/cat/1.png', 'train/dog/1.png', ...Array.from({ length: 30 }, (_, i) => `test/${i}.png`))
    const { problems } = await scan()
    expect(problems).toHaveLength(1)
    expect(problems[0]!.path).toBe('test')
    expect(say(problems[0]!.reason)).toMatch(/^30 files/)
  })
})

describe('names', () => {
  it('may be Unicode, odd and very long', async () => {
    const long = 'n'.repeat(240)
    await put('쿼카/사진 1.png', '🦘/a\nb.png', `cat/${long}.png`, `${long}/1.png`, "it's 100%/#?.png")
    const { entries, problems } = await scan()
    expect(entries).toHaveLength(5)
    expect(problems).toEqual([])
    expect(entries.map(({ className }) => className)).toContain('쿼카')
  })

  it('are one class whether written with composed or decomposed accents', async () => {
    await put(`train/${'é'.normalize('NFC')}/1.png`, 'train/b/1.png', `test/${'é'.normalize('NFD')}/1.png`)
    const { entries } = await scan()
    expect(new Set(entries.map(({ className }) => className))).toEqual(new Set(['b', 'é'.normalize('NFC')]))
  })

  it('are ordered by code points', () => {
    const names = ['～', '🦘', 'é', 'a', 'Z', 'aa', '쿼카', '🦁', '10', '9', '']
    const codes = (name: string): string =>
      [...name].map((character) => character.codePointAt(0)!.toString(16).padStart(6, '0')).join('')
    const expected = [...names].sort((a, b) => (codes(a) < codes(b) ? -1 : 1))
    expect([...names].sort(byCodePoints)).toEqual(expected)
    expect(byCodePoints('a', 'a')).toBe(0)
  })

  it('that are not valid Unicode are a problem, not an end', async () => {
    if (process.platform !== 'linux') return
    await put('cat/1.png', 'dog/1.png')
    await writeFile(
      Buffer.concat([Buffer.from(join(folder.path, 'cat/bad')), Buffer.from([0xff, 0xfe])]),
      'x',
    )
    await mkdir(Buffer.concat([Buffer.from(join(folder.path, 'cat/sub')), Buffer.from([0xff])]))
    const { entries, problems } = await scan()
    expect(entries.length).toBe(3)
    expect(problems.map(({ code }) => code)).toEqual(['unreadable'])
    expect(say(problems[0]!.reason)).toMatch(/Unicode/)
  })
})

describe('links', () => {
  it('that loop come to an end', async () => {
    await put('cat/1.png', 'dog/a/1.png', 'dog/b/2.png')
    await symlink('..', join(folder.path, 'cat/up'))
    await symlink('.', join(folder.path, 'cat/here'))
    await symlink('../b', join(folder.path, 'dog/a/to-b'))
    await symlink('../a', join(folder.path, 'dog/b/to-a'))
    await symlink('itself', join(folder.path, 'dog/itself'))
    await symlink('.', join(folder.path, 'root'))
    const { entries, problems } = await scan()
    expect(entries.map(({ path }) => path.split('/').at(-1))).toEqual(['1.png', '1.png', '2.png'])
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['link-loop']))
    expect(problems.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['cat/here', 'cat/up', 'dog/itself', 'root']),
    )
  })

  it('to folders and files elsewhere are followed', async () => {
    const other = await temporaryFolder()
    await other.put('more/2.png', 'x')
    await put('cat/1.png', 'dog/1.png')
    await symlink(join(other.path, 'more'), join(folder.path, 'cat/linked'))
    await symlink(join(other.path, 'more/2.png'), join(folder.path, 'dog/2.png'))
    expect(await listing()).toEqual([
      'cat/1.png cat -',
      'cat/linked/2.png cat -',
      'dog/1.png dog -',
      'dog/2.png dog -',
    ])
    await other.discard()
  })

  it('to nowhere, and things that are no files, are problems', async () => {
    await put('cat/1.png', 'dog/1.png')
    await symlink('missing.png', join(folder.path, 'cat/2.png'))
    if (process.platform !== 'win32') execFileSync('mkfifo', [join(folder.path, 'dog/pipe.png')])
    expect(await listing()).toEqual(['cat/1.png cat -', 'dog/1.png dog -'])
    expect(await problems()).toEqual(
      process.platform === 'win32'
        ? ['cat/2.png broken-link']
        : ['cat/2.png broken-link', 'dog/pipe.png not-a-file'],
    )
  })
})

describe('refused', () => {
  it('what is no folder', async () => {
    await expect(scanFolder(join(folder.path, 'nowhere'))).rejects.toMatchObject({ code: 'not-found' })
  })
  it('a folder without class folders, with a hint', async () => {
    await put('1.png', '2.png')
    await expect(scan()).rejects.toMatchObject({
      code: 'no-classes',
      hint: expect.stringMatching(/folder with the name of the class/) as string,
    })
    await put('labels.csv')
    await expect(scan()).rejects.toMatchObject({ hint: expect.stringContaining('labels.csv') as string })
  })
  it('a canceled scan', async () => {
    await put('cat/1.png')
    const signal = AbortSignal.abort()
    await expect(scanFolder(folder.path, { signal })).rejects.toMatchObject({ code: 'canceled' })
  })
})
