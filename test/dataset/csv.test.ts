import { resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scanCsv } from '../../core/dataset/csv.ts'
import { temporaryFolder, type Folder } from './folders.ts'
import { say } from '../say.ts'

let folder: Folder
beforeEach(async () => {
  folder = await temporaryFolder()
  for (const name of ['a.png', 'b.png', 'deep/c.png', 'with, comma.png', '사진.png'])
    await folder.put(name, 'x')
})
afterEach(() => folder.discard())

async function scan(text: string | Uint8Array) {
  await folder.put('list.csv', text)
  return scanCsv(resolve(folder.path, 'list.csv'))
}
const listing = async (text: string | Uint8Array): Promise<string[]> =>
  (await scan(text)).entries.map(({ path, className, given }) => `${path} ${className} ${given ?? '-'}`)
const problems = async (text: string): Promise<string[]> =>
  (await scan(text)).problems.map(({ path, code, reason }) => `${path} ${code} ${say(reason)}`)

describe('a CSV file lists labeled images', () => {
  it('with a header', async () => {
    expect(await listing('path,label\na.png,cat\ndeep/c.png,dog\n')).toEqual([
      'a.png cat -',
      'deep/c.png dog -',
    ])
  })
  it('with splits, some left open', async () => {
    const text = 'path,label,split\na.png,cat,Train\nb.png,dog,VAL\ndeep/c.png,dog,\n사진.png,cat,test'
    expect(await listing(text)).toEqual([
      'a.png cat train',
      'b.png dog validation',
      'deep/c.png dog -',
      '사진.png cat test',
    ])
  })
  it('with columns in another order, and others beside them', async () => {
    expect(await listing('id,Label,size,Path\n1,cat,9,a.png\n2,dog,9,b.png')).toEqual([
      'a.png cat -',
      'b.png dog -',
    ])
  })
  it('without a header', async () => {
    expect(await listing('a.png,cat\nb.png,dog')).toEqual(['a.png cat -', 'b.png dog -'])
    expect(await listing('a.png,cat,train\nb.png,dog,test')).toEqual(['a.png cat train', 'b.png dog test'])
  })
  it('as spreadsheets write it: quotes, byte-order mark, CRLF, semicolons, tabs, spaces', async () => {
    expect(
      await listing('\ufeffpath,label\r\n"with, comma.png","big ""cat"""\r\n\r\nb.png , dog \r\n'),
    ).toEqual(['b.png dog -', 'with, comma.png big "cat" -'])
    expect(await listing('path;label\na.png;cat\nb.png;dog')).toEqual(['a.png cat -', 'b.png dog -'])
    expect(await listing('path\tlabel\na.png\tcat\nb.png\tdog')).toEqual(['a.png cat -', 'b.png dog -'])
  })
  it('with backslashes, as Windows writes paths', async () => {
    expect(await listing('path,label\ndeep\\c.png,cat\n.\\a.png,dog')).toEqual([
      'a.png dog -',
      'deep/c.png cat -',
    ])
  })
  it('with absolute paths, and paths outside of its folder', async () => {
    const other = await temporaryFolder()
    await other.put('far.png', 'x')
    const { entries, root } = await scan(`path,label\n${other.path}/far.png,cat\n${folder.path}/a.png,dog`)
    expect(entries.map(({ path }) => resolve(root, path))).toEqual(entries.map(({ absolute }) => absolute))
    expect(entries.map(({ absolute }) => absolute)).toEqual(
      expect.arrayContaining([`${other.path}/far.png`, `${folder.path}/a.png`]),
    )
    expect(entries.find(({ className }) => className === 'dog')!.path).toBe('a.png')
    await other.discard()
  })
})

describe('rows that can not be used are problems with their line', () => {
  it('each with its reason', async () => {
    const text =
      'path,label,split\na.png,cat,train\nmissing.png,cat,\nb.png,,\n,cat,\ndeep/c.png,dog,holdout\ndeep,dog,\n'
    expect(await problems(text)).toEqual([
      'missing.png missing Line 3: there is no such file.',
      'b.png no-class Line 4: no label is given.',
      'line 5 missing Line 5: no path is given.',
      'deep/c.png unknown-split Line 6: “holdout” is not a split (train, validation, test).',
      'deep not-a-file Line 7: this is not a file.',
    ])
  })
  it('also where a file is listed twice', async () => {
    const text = 'path,label\na.png,cat\n./a.png,cat\nb.png,dog\nb.png,cat\n'
    expect(await listing(text)).toEqual(['a.png cat -', 'b.png dog -'])
    expect(await problems(text)).toEqual([
      'a.png listed-twice Line 3 repeats an earlier one.',
      'b.png conflicting-labels Line 5 contradicts an earlier one, which holds: label “dog”.',
    ])
  })
})

describe('refused', () => {
  it('more columns than can be told apart without a header', async () => {
    await expect(scan('a.png,cat,1,2\n')).rejects.toMatchObject({
      code: 'invalid-csv',
      hint: expect.stringContaining('path,label') as string,
    })
  })
  it('broken quotes, with the place', async () => {
    await expect(scan('path,label\n"a.png,cat\nb.png,dog\n')).rejects.toMatchObject({ code: 'invalid-csv' })
  })
  it('a list of nothing', async () => {
    await expect(scan('path,label\nnowhere.png,cat\n')).rejects.toMatchObject({
      code: 'no-classes',
      hint: expect.stringContaining('nowhere.png') as string,
    })
    await expect(scan('')).rejects.toMatchObject({ code: 'no-classes' })
  })
})
