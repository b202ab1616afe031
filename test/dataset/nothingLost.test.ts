import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeText } from '../../core/base/text.ts'
import { healthReport } from '../../core/dataset/health.ts'
import { importFolder } from '../../core/dataset/import.ts'
import { blots, temporaryFolder, type Folder } from './folders.ts'
import { say } from '../say.ts'

let folder: Folder
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => folder.discard())

const options = { validation: 0, test: 0, seed: 1 }
const imported = (name = '') => importFolder(join(folder.path, name), options)
const codes = ({ problems }: Awaited<ReturnType<typeof imported>>): string[] =>
  problems.map(({ path, code }) => `${path} ${code}`)
const notes = async (): Promise<string[]> =>
  healthReport(await imported()).notes.map((note) => `${note.code}: ${say(note)}`)

describe('text from outside', () => {
  const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1')
  it('is decoded strictly', () => {
    expect(decodeText(Buffer.from('\ufeffGüte 사진'))).toEqual({ text: 'Güte 사진', encoding: 'UTF-8' })
    expect(decodeText(latin('G\xfcte \x80'))).toEqual({ text: 'Güte €', encoding: 'Windows-1252' })
    const wide = Buffer.from('\ufeffGüte', 'utf16le')
    expect(decodeText(wide)).toEqual({ text: 'Güte', encoding: 'UTF-16' })
    expect(decodeText(Buffer.from(wide).swap16())).toEqual({ text: 'Güte', encoding: 'UTF-16' })
  })
  it('or refused, never with letters replaced', () => {
    for (const bytes of [
      latin('\xe4\x81'),
      latin('a\0b'),
      Buffer.of(0xff, 0xfe, 0, 0xd8),
      Buffer.of(0xff, 0xfe, 1),
    ])
      expect(() => decodeText(bytes)).toThrow(/save it as UTF-8/)
  })
  it('keeps the classes of a CSV in Windows-1252 apart, with a note', async () => {
    await folder.fill('i', 6, 0)
    const rows = ['Güte Ä', 'Güte Ö', 'plain'].flatMap((name, at) => [
      `i/${2 * at}.png,${name}`,
      `i/${2 * at + 1}.png,${name}`,
    ])
    await folder.put('labels.csv', latin(['path,label', ...rows].join('\r\n')))
    const manifest = await imported('labels.csv')
    expect(manifest.classes).toEqual(['Güte Ä', 'Güte Ö', 'plain'])
    const { notes } = healthReport(manifest)
    expect(say(notes.find(({ code }) => code === 'encoding')!)).toMatch(/labels\.csv: .*Windows-1252/)
    expect(notes.map(({ code }) => code)).not.toContain('left-out')
    await folder.put('wide.csv', Buffer.from(`\ufeff${['path,label', ...rows].join('\n')}`, 'utf16le'))
    expect((await imported('wide.csv')).classes).toEqual(manifest.classes)
  })
})

describe('what contributes nothing gets a line', () => {
  it('a class folder without a file, once', async () => {
    for (const [at, name] of ['train/fir', 'train/yew', 'test/fir'].entries())
      await folder.fill(name, 3, at * 3)
    for (const name of ['train/box', 'test/box', 'test/yew']) await folder.put(`${name}/.keep`, '')
    expect(codes(await imported())).toEqual(['box empty-class'])
  })
  it('a split folder without a class', async () => {
    await folder.fill('train/fir', 2, 0)
    await folder.fill('train/yew', 2, 2)
    await folder.put('val/.keep', '')
    expect(codes(await imported())).toEqual(['val no-class'])
  })
  it('in the error, too, where too few classes are left', async () => {
    await folder.fill('fir', 2, 0)
    await folder.put('box/.keep', '')
    await expect(imported()).rejects.toMatchObject({
      code: 'too-few-classes',
      hint: expect.stringMatching(/1 file or class .*: box:/) as string,
    })
    await folder.put('list.csv', 'path,label\nfir/0.png,fir\ngone/0.png,yew\ngone/1.png,yew\n')
    await expect(imported('list.csv')).rejects.toMatchObject({
      hint: expect.stringMatching(
        /3 files or classes .*gone\/0\.png: Line 3: there is no such file/,
      ) as string,
    })
  })
  it('in the error, too, where no class folder holds a file', async () => {
    await folder.put('box/.keep', '')
    await expect(imported()).rejects.toMatchObject({
      code: 'no-classes',
      hint: expect.stringMatching(/hold no file: box/) as string,
    })
  })
})

it('finds files whose names are composed in the list and decomposed on the disk, or the other way round', async () => {
  await folder.fill('i', 4, 0)
  const names = ['rosé', 'thé'].flatMap((name) => [name.normalize('NFC'), name.normalize('NFD')])
  for (const [at, name] of names.entries())
    await rename(join(folder.path, `i/${at}.png`), join(folder.path, `i/${at}${name}.png`))
  await rename(join(folder.path, 'i'), join(folder.path, 'é'.normalize('NFD')))
  const rows = names.map(
    (name, at) => `é/${at}${name.normalize(at < 2 ? 'NFC' : 'NFD')}.png,${at < 2 ? 'a' : 'b'}`,
  )
  await folder.put('list.csv', ['path,label', ...rows].join('\n'))
  const manifest = await imported('list.csv')
  expect(manifest.images).toHaveLength(4)
  expect(manifest.problems).toEqual([])
})

describe('headers as tools write them', () => {
  for (const header of [
    'filename,category',
    'image_path,class_name',
    'File Name,Class Name',
    'img,species',
    'filepath,target',
  ])
    it(header, async () => {
      await folder.fill('i', 2, 0)
      await folder.put('list.csv', `id,${header}\n1,i/0.png,a\n2,i/1.png,b`)
      expect((await imported('list.csv')).classes).toEqual(['a', 'b'])
    })
})

it('points at class names that look alike', async () => {
  for (const [at, name] of [
    'Dog',
    'dog',
    'cat ',
    'cat',
    '01',
    '1',
    '10',
    'sea_lion',
    'sea lion',
    'seal',
  ].entries())
    await folder.fill(name, 1, at)
  const similar = (await notes()).filter((note) => note.startsWith('similar-classes'))
  expect(similar).toEqual([
    'similar-classes: “01”, “1” may be one class under different names.',
    'similar-classes: “Dog”, “dog” may be one class under different names.',
    'similar-classes: “cat”, “cat ” may be one class under different names.',
    'similar-classes: “sea lion”, “sea_lion” may be one class under different names.',
  ])
})

it('recognizes mirrored copies across splits', async () => {
  for (let at = 0; at < 4; at++) {
    const raw = { width: 24, height: 24, channels: 3 } as const
    const image = sharp(blots(at), { raw })
    await folder.put(`train/${at % 2 ? 'a' : 'b'}/${at}.png`, await image.clone().png().toBuffer())
    await folder.put(`test/${at % 2 ? 'a' : 'b'}/m${at}.png`, await image.clone().flop().png().toBuffer())
  }
  const { leakage } = healthReport(await imported())
  expect(leakage).toEqual({ exact: 0, near: 4 })
})
