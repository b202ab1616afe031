import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { healthReport, type HealthReport } from '../../core/dataset/health.ts'
import { importFolder } from '../../core/dataset/import.ts'
import type { Manifest } from '../../core/dataset/types.ts'
import { blots, png, temporaryFolder, type Folder } from './folders.ts'
import { say } from '../say.ts'

let folder: Folder
let manifest: Manifest
let report: HealthReport
beforeAll(async () => {
  folder = await temporaryFolder()
  await folder.fill('train/cat', 30, 0)
  await folder.fill('train/dog', 6, 100)
  await folder.fill('val/cat', 4, 200)
  await folder.fill('val/dog', 4, 300)
  await folder.fill('test/bird', 3, 400)
  const large = (seed: number) => sharp(blots(seed, 200), { raw: { width: 200, height: 200, channels: 3 } })
  // In two splits: the same bytes; nearly the same. In two classes: the same bytes.
  await folder.put('val/cat/copy.png', await png(3))
  await folder.put('train/cat/large.png', await large(600).png().toBuffer())
  await folder.put('val/cat/saved anew.jpg', await large(600).resize(150).jpeg({ quality: 80 }).toBuffer())
  await folder.put('train/dog/a cat.png', await png(5))
  await folder.put('train/cat/misnamed.jpg', await png(700))
  await folder.put(
    'train/cat/wide.png',
    await large(701).resize(90, 30, { fit: 'fill' }).toColourspace('b-w').png().toBuffer(),
  )
  await folder.put('train/cat/clear.png', await large(702).ensureAlpha(0.5).png().toBuffer())
  await folder.put('train/cat/deep.png', await large(703).toColourspace('rgb16').png().toBuffer())
  await folder.put('train/cat/empty.png', '')
  await folder.put('train/dog/empty.png', '')
  await folder.put('train/dog/text.png', 'text')
  manifest = await importFolder(folder.path, { validation: 0.15, test: 0.15, seed: 0 })
  report = healthReport(manifest)
})
afterAll(() => folder.discard())

const noteIn = (notes: HealthReport['notes'], code: string): string | undefined => {
  const note = notes.find((one) => one.code === code)
  return note && say(note)
}
const noteOf = (code: string): string | undefined => noteIn(report.notes, code)

describe('the health report', () => {
  it('counts images per class and split', () => {
    expect(report.images).toBe(55)
    expect(report.splits).toEqual({ train: 42, validation: 10, test: 3 })
    expect(report.classes).toEqual([
      { name: 'bird', images: 3, splits: { train: 0, validation: 0, test: 3 } },
      { name: 'cat', images: 41, splits: { train: 35, validation: 6, test: 0 } },
      { name: 'dog', images: 11, splits: { train: 7, validation: 4, test: 0 } },
    ])
  })
  it('groups what was left out by its reason', () => {
    expect(report.problems.map(({ code, count, paths }) => [code, count, paths])).toEqual([
      ['empty', 2, ['train/cat/empty.png', 'train/dog/empty.png']],
      ['not-an-image', 1, ['train/dog/text.png']],
    ])
    expect(say(report.problems[0]!.reason)).toMatch(/empty/)
  })
  it('shows how sizes and aspect ratios are distributed', () => {
    const { sizes, aspectRatios } = report
    expect(sizes.shorterSide).toMatchObject({ min: 24, median: 24, max: 200 })
    expect(sizes.width.max).toBe(200)
    expect(sizes.bins.reduce((sum, { count }) => sum + count, 0)).toBe(report.images)
    expect(sizes.bins[0]).toMatchObject({ from: null, to: 32, count: report.images - 4 })
    expect(aspectRatios).toMatchObject({ min: 1, median: 1, max: 3 })
    expect(aspectRatios.bins.at(-1)).toMatchObject({ from: 3, to: null, count: 1 })
  })
  it('counts formats, color modes, transparency and depth', () => {
    expect(report.formats).toEqual({ png: report.images - 1, jpeg: 1 })
    expect(report.colorModes).toEqual({ rgb: report.images - 1, grayscale: 1 })
    expect([report.withAlpha, report.with16Bits]).toEqual([1, 1])
  })
  it('lists files whose extension does not fit their content', () => {
    expect(report.misnamed).toEqual([{ path: 'train/cat/misnamed.jpg', format: 'png' }])
  })
  it('finds exact duplicates, across splits and across classes', () => {
    expect(report.exactDuplicates).toEqual([
      {
        kind: 'exact',
        images: [
          { path: 'train/cat/3.png', className: 'cat', split: 'train' },
          { path: 'val/cat/copy.png', className: 'cat', split: 'validation' },
        ],
        splits: ['train', 'validation'],
        classes: ['cat'],
      },
      {
        kind: 'exact',
        images: [
          { path: 'train/cat/5.png', className: 'cat', split: 'train' },
          { path: 'train/dog/a cat.png', className: 'dog', split: 'train' },
        ],
        splits: ['train'],
        classes: ['cat', 'dog'],
      },
    ])
    expect(report.labelConflicts).toEqual([report.exactDuplicates[1]])
  })
  it('finds near duplicates', () => {
    expect(report.nearDuplicates.map(({ images }) => images.map(({ path }) => path))).toEqual([
      ['train/cat/large.png', 'val/cat/saved anew.jpg'],
    ])
  })
  it('counts the leakage that the source itself brings', () => {
    expect(report.leakage).toEqual({ exact: 1, near: 1 })
    expect(noteOf('leakage')).toMatch(
      /^2 images held out .* also in training \(1 with the same content, 1 nearly the same\)/,
    )
  })
  it('measures imbalance over the training images', () => {
    expect(report.imbalance).toEqual({
      largest: { name: 'cat', images: 35 },
      smallest: { name: 'bird', images: 0 },
      ratio: null,
    })
    const trained = {
      ...manifest,
      images: manifest.images.map((image) => ({ ...image, split: 'train' as const })),
    }
    const { imbalance, notes, leakage } = healthReport(trained)
    expect(imbalance.ratio).toBeCloseTo(41 / 3)
    expect(noteIn(notes, 'imbalance')).toMatch(/13\.7 times/)
    expect(leakage).toEqual({ exact: 0, near: 0 })
  })
  it('says what a person should know, worst first', () => {
    expect(report.notes.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'warning leakage',
      'warning label-conflicts',
      'warning not-in-training',
      'information not-held-out',
      'information not-held-out',
      'information few-images',
      'information left-out',
      'information duplicates',
      'information aspect-ratio',
      'information misnamed',
    ])
    expect(noteOf('not-in-training')).toContain('“bird”')
    expect(noteOf('few-images')).toContain('“dog”')
    expect(noteOf('left-out')).toBe('3 files or folders are left out: 2 empty, 1 not an image.')
  })
  it('has nothing to say where all is well', async () => {
    const well = await temporaryFolder()
    await well.fill('a', 30, 0)
    await well.fill('b', 30, 500)
    const manifest = await importFolder(well.path, { validation: 0.15, test: 0.15, seed: 0 })
    expect(healthReport(manifest).notes).toEqual([])
    await well.discard()
  })
})
