import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InvalidArgumentError } from 'commander'
import pc from 'picocolors'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { correctionsOf } from '../../core/cli/corrections.ts'
import { duplicateBlocks } from '../../core/cli/duplicates.ts'
import { differenceLines, importReport } from '../../core/cli/importReport.ts'
import { width } from '../../core/cli/table.ts'
import { openContext, type JobContext } from '../../core/jobs/context/context.ts'
import { reportOn } from '../../core/jobs/tasks/health.ts'
import { importDataset, type ImportReport } from '../../core/jobs/import.ts'
import { buildNetwork } from '../../core/network/architectures/index.ts'
import { describe } from '../../core/network/cost.ts'
import { findings } from '../../core/server/library/findings.ts'
import { findPreset } from '../../core/training/presets.ts'
import { networkOptions, parseRecipe } from '../../core/training/recipe.ts'
import { png, temporaryFolder, type Folder } from '../dataset/folders.ts'
import { english } from '../../core/messages/en/index.ts'
import { shown } from '../../core/messages/shown.ts'

const screen = { colors: pc.createColors(false), columns: 100, texts: english }
let home: Folder
let pictures: Folder
let context: JobContext
let report: ImportReport
let text: string
beforeAll(async () => {
  ;[home, pictures] = [await temporaryFolder(), await temporaryFolder()]
  await pictures.fill('train/cat', 30, 0)
  await pictures.fill('train/dog', 8, 100)
  await pictures.fill('val/cat', 4, 200)
  await pictures.fill('val/dog', 4, 300)
  await pictures.put('train/dog/a cat.png', await png(5))
  await pictures.put('val/cat/seen.png', await png(7))
  await pictures.put('train/cat/copy.png', await png(9))
  await pictures.put('train/cat/text.jpg', 'text')
  if (process.platform !== 'win32') await pictures.put('train/cat/two\nlines \u001b[2J.png', '')
  context = openContext({ home: home.path })
  report = await importDataset(context, { source: pictures.path, name: 'pets' })
  text = importReport(report, screen)
})
afterAll(async () => {
  context.registry.close()
  await Promise.all([home.discard(), pictures.discard()])
})

test('the report counts each class by split', () => {
  expect(text).toMatch(/^Data set d1 “pets”: 49 images, 2 classes\n {2}from /)
  expect(text).toMatch(/\n {2}cat +31 +5 +0 +36\n {2}dog +9 +4 +0 +13\n {2}all +40 +9 +0 +49\n/)
})

test('it tells sizes, shapes, formats and colors', () => {
  expect(text).toContain('shorter side  24 px: 49 below 32')
  expect(text).toContain('width÷height  1.00')
  expect(text).toContain('formats       49 png')
  expect(text).toContain('colors        49 rgb')
})

test('it names duplicates, leakage and labels that contradict each other', () => {
  expect(text).toContain(
    'With different labels, 2 images in 1 group:\n  train/cat/5.png (cat) = train/dog/a cat.png (dog)',
  )
  expect(text).toContain(
    'In several splits, 2 images in 1 group:\n  train/cat/7.png (training) = val/cat/seen.png (validation)',
  )
  expect(text).toContain(
    'Exact duplicates, 6 images in 3 groups, 2 of them above:\n  train/cat/9.png (training) = train/cat/copy.png (training)',
  )
  expect(text).toMatch(/Warning: 1 image held out for validation or test is also in training/)
})

test('it says how to settle a conflict of labels, in words that the import takes', async () => {
  expect(text).toContain("    --relabel 'train/dog/a cat.png=cat'\n    --relabel train/cat/5.png=dog\n")
  expect(text).toContain("    --leave-out train/cat/5.png 'train/dog/a cat.png'\n")
  const corrections = await correctionsOf(pictures.path, { relabel: ['train/dog/a cat.png=cat'] })
  const settled = await importDataset(context, { source: pictures.path, name: 'settled', corrections })
  expect(importReport(settled, screen)).not.toContain('With different labels')
})

test('the window and the command line count duplicates alike', () => {
  const manifest = context.registry.datasets.manifest('d1')
  const issues = { duplicate: [0], 'near-duplicate': [], leakage: [], conflict: [], small: [] }
  const found = findings({ dataset: context.registry.datasets.get('d1'), report: reportOn(manifest), issues })
  const messageOf = (wanted: string): string =>
    shown(
      found.find(({ code }) => code === wanted)!,
      english,
    ).message
  const told = messageOf('exact-duplicates')
  expect(told).toBe('6 images in 3 groups are exact copies of each other.')
  expect(text).toContain(`Note: ${told}`)
  expect(messageOf('conflicting-labels')).toMatch(/^2 images in 1 group /)
})

test('a group of many images is named with one of each class at least', () => {
  const images = ['a', 'a', 'a', 'a', 'a', 'b'].map((className, index) => ({
    ...{ path: `${className}/${index}.png`, className },
    split: 'train' as const,
  }))
  const group = { kind: 'near' as const, images, splits: ['train' as const], classes: ['a', 'b'] }
  const lines = duplicateBlocks({
    labelConflicts: [group],
    exactDuplicates: [],
    nearDuplicates: [group],
  }).flat()
  expect(lines.slice(0, 2)).toEqual([
    'With different labels, 6 images in 1 group:',
    '  a/0.png (a) ≈ b/5.png (b) ≈ a/1.png (a) ≈ a/2.png (a) ≈ 2 more',
  ])
  expect(lines.at(-1)).toBe('Nearly the same, 6 images in 1 group, all of them above.')
})

test('it lists files that are left out with the reason, whatever their names hold', () => {
  expect(text).toMatch(/train\/cat\/text\.jpg +It is a text file, not an image/)
  expect(text).not.toContain('\u001b')
  if (process.platform !== 'win32') expect(text).toContain('train/cat/two\\u000alines \\u001b[2J.png')
})

test('very long names of classes and files are shortened, so that the tables hold', () => {
  const name = 'bird of paradise '.repeat(20).trim()
  const [first, ...others] = report.health.classes
  const health = { ...report.health, classes: [{ ...first!, name }, ...others] }
  const problems = [{ path: `${name}/1.png`, code: 'empty', reason: 'The file is empty.' }]
  const lines = importReport({ ...report, health, problems }, screen).split('\n')
  const shown = lines.filter((line) => line.includes('…'))
  expect(shown).toEqual([
    expect.stringMatching(/^ {2}bird of paradise .*….* paradise +31 +5 +0 +36$/),
    expect.stringMatching(/^ {2}bird of paradise .*….* paradise\/1\.png {2}The file is empty\.$/),
  ])
  expect(shown.every((line) => width(line) <= 100)).toBe(true)
})

test('a difference names its files, or says that there is none', () => {
  const none = { unchanged: 3, changed: [], missing: [], moved: [], added: [] }
  expect(differenceLines(none, 'Since version 1')).toEqual(['Since version 1: nothing has changed.'])
  const some = {
    ...none,
    changed: ['a'],
    moved: [{ from: 'b', to: 'c' }],
    added: Array<string>(12).fill('x'),
  }
  const lines = differenceLines(some, 'Since version 1')
  expect(lines[0]).toBe('Since version 1: 1 changed, 1 moved, 12 new, 3 as before')
  expect(lines.slice(1, 3)).toEqual(['  changed  a', '  moved    b → c'])
  expect(lines.at(-1)).toBe('  new      and 2 others')
})

test('what another split means for the images of the version before is a line', () => {
  const since = { version: 1, unchanged: 49, changed: [], missing: [], moved: [], added: [], resplit: 0 }
  const told = (resplit: number): string => importReport({ ...report, since: { ...since, resplit } }, screen)
  expect(told(0)).toContain('Since version 1: nothing has changed.\n  Images of version 1 kept their split.')
  expect(told(1234)).toContain('  1,234 images of version 1 are in another split now.')
})

test('files to correct are named as the report names them, or from the working directory', async () => {
  const source = pictures.path
  expect(
    await correctionsOf(source, {
      leaveOut: ['train/cat/copy.png', join(source, 'train/dog/1.png')],
      mislabelled: ['train/cat/1.png'],
      relabel: ['train/dog/a cat.png=cat'],
      takeBack: ['no/longer/there.png'],
    }),
  ).toEqual([
    { path: 'train/cat/copy.png', action: 'leave-out' },
    { path: 'train/dog/1.png', action: 'leave-out' },
    { path: 'train/cat/1.png', action: 'mislabelled' },
    { path: 'train/dog/a cat.png', action: 'relabel', class: 'cat' },
    { path: 'no/longer/there.png', action: 'take-back' },
  ])
  await mkdir(join(source, 'lists'))
  await writeFile(join(source, 'lists/labels.csv'), 'path,label')
  expect(await correctionsOf(join(source, 'lists/labels.csv'), { leaveOut: ['../train/cat/1.png'] })).toEqual(
    [{ path: '../train/cat/1.png', action: 'leave-out' }],
  )
  await expect(correctionsOf(source, { leaveOut: ['nothing.png'] })).rejects.toThrow(/no file nothing\.png/)
  await expect(correctionsOf(source, { relabel: ['train/cat/1.png'] })).rejects.toThrow(InvalidArgumentError)
})

test('it ends with a preset that fits the images: a small network, and one for small images where they are small', async () => {
  const source = fileURLToPath(new URL('../../resources/sample/clipart', import.meta.url))
  const large = await importDataset(context, { source, limit: 90 })
  expect(large.health.images).toBe(90)
  const told = [report, large].map((result) => importReport(result, screen).split('\n').at(-1)!)
  expect(told).toEqual([
    `Next: vgg-studio train ${report.dataset} --preset small-images`,
    `Next: vgg-studio train ${large.dataset} --preset quick-look`,
  ])
  for (const line of told) {
    const recipe = parseRecipe((await findPreset(line.split(' ').at(-1)!)).recipe)
    expect(recipe.data.crop).toBeLessThanOrEqual(64)
    const { parameters } = describe(buildNetwork(networkOptions(recipe, large.health.classes.length)))
    expect(parameters).toBeLessThan(5e6)
  }
})
