import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mergeCorrections } from '../../core/dataset/corrections.ts'
import type { Correction } from '../../core/dataset/types.ts'
import { difference, versionDifference } from '../../core/dataset/difference.ts'
import { healthReport } from '../../core/dataset/health.ts'
import { importFolder } from '../../core/dataset/import.ts'
import type { Manifest } from '../../core/dataset/types.ts'
import { png, temporaryFolder, trace, type Folder } from './folders.ts'
import { say } from '../say.ts'

const options = { validation: 0.2, test: 0.2, seed: 5 }
let folder: Folder
let first: Manifest
let before: string[]
beforeAll(async () => {
  folder = await temporaryFolder()
  await folder.fill('cat', 12, 0)
  await folder.fill('dog', 12, 100)
  await folder.put('cat/copy.png', await png(3))
  await folder.put('cat/empty.png', '')
  before = await trace(folder.path)
  first = await importFolder(folder.path, options)
})
afterAll(() => folder.discard())

const corrections: readonly Correction[] = [
  { path: 'cat/copy.png', action: 'leave-out' },
  { path: 'cat/1.png', action: 'mislabelled' },
  { path: 'cat/2.png', action: 'relabel', class: 'dog' },
  { path: 'dog/2.png', action: 'relabel', class: 'bird' },
  { path: 'cat/not there.png', action: 'leave-out' },
]

describe('corrections of single files', () => {
  let second: Manifest
  beforeAll(async () => {
    second = await importFolder(folder.path, { ...options, corrections, previous: first })
  })

  it('leave out, mark as mislabeled and relabel; the files stay as they are', async () => {
    const labels = new Map(second.images.map(({ path, label }) => [path, second.classes[label]]))
    expect(labels.get('cat/2.png')).toBe('dog')
    expect(labels.get('cat/3.png')).toBe('cat')
    expect([...labels.keys()]).toHaveLength(first.images.length - 3)
    expect(second.problems.map(({ path, code }) => [path, code])).toEqual([
      ['cat/1.png', 'mislabelled'],
      ['cat/copy.png', 'left-out'],
      ['cat/empty.png', 'empty'],
      ['dog/2.png', 'unknown-class'],
    ])
    for (const { reason } of second.problems) expect(say(reason)).toMatch(/^[A-Z].*\.$/)
    expect(await trace(folder.path)).toEqual(before)
  })
  it('change no other image’s split', () => {
    const splitOf = new Map(first.images.map(({ path, split }) => [path, split]))
    for (const { path, split } of second.images) expect([path, split]).toEqual([path, splitOf.get(path)])
  })
  it('are no problems but told apart from them in the report', () => {
    const messages = healthReport(second).notes.map((note) => [note.code, say(note)])
    expect(messages).toContainEqual([
      'corrected',
      '2 files are left out on purpose: 1 marked as mislabeled, 1 by choice.',
    ])
    expect(messages).toContainEqual([
      'left-out',
      '2 files or folders are left out: 1 empty, 1 relabeled as a class that does not exist.',
    ])
  })
  it('are no difference to the files that are there', async () => {
    expect(await difference(second)).toMatchObject({ changed: [], missing: [], moved: [], added: [] })
    expect(versionDifference(first, second)).toMatchObject({ missing: ['dog/2.png'], added: [], moved: [] })
    expect(versionDifference(second, first)).toMatchObject({ missing: [], added: ['dog/2.png'] })
  })
  it('hold for a part of the source as well, whose other images they leave as they were', async () => {
    const limited = { ...options, limit: 10 }
    const part = await importFolder(folder.path, limited)
    const [gone] = part.images
    const corrected = await importFolder(folder.path, {
      ...limited,
      corrections: [{ path: gone!.path, action: 'leave-out' }],
    })
    const paths = ({ images }: Manifest) => images.map(({ path }) => path)
    expect(paths(corrected)).toEqual(expect.arrayContaining(paths(part).slice(1)))
    expect(paths(corrected)).toHaveLength(10)
    expect(paths(corrected)).not.toContain(gone!.path)
  })
})

it('later corrections replace earlier ones of the same file, or take them back', () => {
  expect(
    mergeCorrections(corrections, [
      { path: 'cat/1.png', action: 'take-back' },
      { path: 'cat/2.png', action: 'leave-out' },
      { path: 'a.png', action: 'mislabelled' },
      { path: 'unknown', action: 'take-back' },
    ]),
  ).toEqual([
    { path: 'a.png', action: 'mislabelled' },
    { path: 'cat/2.png', action: 'leave-out' },
    { path: 'cat/copy.png', action: 'leave-out' },
    { path: 'cat/not there.png', action: 'leave-out' },
    { path: 'dog/2.png', action: 'relabel', class: 'bird' },
  ])
})
