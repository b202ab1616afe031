import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { calibrateRun } from '../../core/jobs/calibrate.ts'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import { exportRun } from '../../core/jobs/export.ts'
import { predictImages } from '../../core/jobs/predict.ts'
import { english } from '../../core/messages/en/index.ts'
import { lineOf } from '../../core/messages/text.ts'
import { differencesOrReason, evaluationDifferences } from '../../core/jobs/statistics/differences.ts'
import { classCurves, evaluationStatistics } from '../../core/jobs/statistics/evaluation.ts'
import { groupErrors, seedGroupOf } from '../../core/jobs/statistics/seedGroups.ts'
import { deleteSlice, saveSlice, selectionOf } from '../../core/jobs/statistics/savedSlices.ts'
import { evaluationSlices } from '../../core/jobs/statistics/slices.ts'
import { fitRunTemperature } from '../../core/jobs/statistics/temperatures.ts'
import { bestEpoch } from '../../core/training/best.ts'
import type { EpochRecord } from '../../core/training/events.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { tinyRecipe } from '../server/support.ts'
import { smallStudio } from './small.ts'

vi.setConfig({ testTimeout: 60_000 })

const studio = smallStudio()

/** Two seeds of one setting (e1, e2) and another setting (e3), on 18 test images. */
beforeAll(async () => {
  const { context, folder } = studio
  const wider = { ...tinyRecipe, network: { ...tinyRecipe.network, fcWidth: 48 } }
  await trainRun(context, { dataset: folder, recipe: tinyRecipe })
  await trainRun(context, { dataset: 'd1', recipe: { ...tinyRecipe, seed: 1 } })
  await trainRun(context, { dataset: 'd1', recipe: wider })
  for (const run of ['r1', 'r2', 'r3']) await evaluateRun(context, { run })
}, 60_000)

test('each evaluation is held against the first, in a sentence with points, interval and n', async () => {
  const { context } = studio
  const differences = await evaluationDifferences(context, { evaluations: ['e1', 'e2', 'e3'] })
  const errors = ['e1', 'e2', 'e3'].map((id) => context.registry.evaluations.get(id).result.top1Error)
  expect(differences).toHaveLength(2)
  differences.forEach((one, index) => {
    expect(one).toMatchObject({ images: 18, comparisons: 2, first: { evaluation: 'e1', run: 'r1' } })
    expect(one.difference).toBeCloseTo(errors[0]! - errors[index + 1]!, 12)
    expect(lineOf(english, one.sentence)).toContain('18 images')
    expect(lineOf(english, one.basis)).toContain('these two trained networks')
  })
  expect(await evaluationDifferences(context, { evaluations: ['e1', 'e2', 'e3'] })).toEqual(differences)
})

test('evaluations of other images are not compared', async () => {
  const { context } = studio
  const { evaluation } = await evaluateRun(context, { run: 'r2', split: 'train' })
  await expect(evaluationDifferences(context, { evaluations: ['e1', evaluation] })).rejects.toMatchObject({
    code: 'other-images',
  })
})

test('evaluations by different protocols are not tested against each other, and it is said how to get a common one', async () => {
  const { context } = studio
  const { evaluation } = await evaluateRun(context, { run: 'r2', views: 'dense', scales: [36, 40] })
  const asked = evaluationDifferences(context, { evaluations: ['e1', evaluation] })
  await expect(asked).rejects.toMatchObject({
    code: 'other-protocols',
    hint: expect.stringContaining('vgg-studio evaluate r2 --views center --scales 36 --no-flips') as string,
  })
  const { differences, notCompared } = await differencesOrReason(asked)
  expect([differences, notCompared!.code]).toEqual([[], 'other-protocols'])
  expect(groupErrors(context.registry, ['e1', evaluation])).toBeNull()
  const sliced = await evaluationSlices(context, { evaluations: ['e1', evaluation], by: 'class' })
  expect(sliced.notCompared).toMatchObject({ code: 'other-protocols' })
  for (const { results, differences } of sliced.slices) {
    expect(results.map(({ images }) => images)).toEqual([6, 6])
    expect(differences).toEqual([null])
  }
})

test('runs that differ by their seed alone are a group, and settings are compared over groups', () => {
  const { registry } = studio.context
  expect(seedGroupOf(registry, 'r2').runs.map(({ run, seed }) => [run, seed])).toEqual([
    ['r1', 0],
    ['r2', 1],
  ])
  const { validation, evaluation } = seedGroupOf(registry, 'r1')
  const best = ['r1', 'r2'].map((run) => bestEpoch(registry.epochs.list<EpochRecord>(run))!)
  expect(validation!.mean).toBeCloseTo((best[0]!.top1Error + best[1]!.top1Error) / 2, 12)
  expect([validation!.n, evaluation!.spread.n, evaluation!.images, best[0]!.images]).toEqual([2, 2, 18, 18])
  const found = groupErrors(registry, ['e1', 'e3'])!
  expect(found.groups.map(({ runs, spread }) => [runs, spread.n])).toEqual([
    [['r1', 'r2'], 2],
    [['r3'], 1],
  ])
  const errors = ['e1', 'e2'].map((id) => registry.evaluations.get(id).result.top1Error)
  expect(found.groups[0]!.spread.mean).toBeCloseTo((errors[0]! + errors[1]!) / 2, 12)
  expect(found.differences[0]!.interval).toBeNull()
  expect(groupErrors(registry, ['e3'])).toBeNull()
})

test('statistics of an evaluation agree with its own numbers, and say the n of each class', async () => {
  const { context } = studio
  const { result } = context.registry.evaluations.get('e1')
  const statistics = await evaluationStatistics(context, { evaluation: 'e1' })
  expect(statistics).toMatchObject({ images: 18, temperature: null, calibrated: null })
  expect(statistics.calibration.negativeLogLikelihood).toBeCloseTo(result.loss, 12)
  expect(1 - statistics.calibration.accuracy).toBeCloseTo(result.top1Error, 12)
  expect(statistics.topErrors[0]).toBeCloseTo(result.top1Error, 12)
  expect(statistics.classes.map(({ positives, negatives }) => [positives, negatives])).toEqual([
    [6, 12],
    [6, 12],
    [6, 12],
  ])
  const [curve] = classCurves(context, { evaluation: 'e1', labels: [2, 99] })
  expect(curve).toMatchObject({ label: 2, rocArea: statistics.classes[2]!.rocArea })
  expect([curve!.roc.x[0], curve!.roc.x.at(-1)]).toEqual([0, 1])
})

test('a temperature is fitted on validation images alone, kept with the run, and calibrates its evaluations', async () => {
  const { context } = studio
  await expect(fitRunTemperature(context, { evaluation: 'e1' })).rejects.toThrow(/test images/)
  const fit = await calibrateRun(context, { run: 'r1' })
  expect(fit).toMatchObject({ run: 'r1', checkpoint: 'best', images: 18 })
  expect(fit.after).toBeLessThanOrEqual(fit.before)
  expect(context.registry.evaluations.get(fit.evaluation).split).toBe('validation')
  expect(context.registry.temperatures.list('r1')).toHaveLength(1)
  expect(await calibrateRun(context, { run: 'r1' })).toEqual(fit)

  const statistics = await evaluationStatistics(context, { evaluation: 'e1' })
  expect(statistics.temperature).toEqual(fit)
  expect(statistics.calibrated!.accuracy).toBe(statistics.calibration.accuracy)
  expect(statistics.calibrated!.negativeLogLikelihood).not.toBe(statistics.calibration.negativeLogLikelihood)
  expect((await evaluationStatistics(context, { evaluation: 'e2' })).temperature).toBeNull()
})

test.each(['size', 'aspect-ratio', 'brightness', 'sharpness', 'split-source', 'class'] as const)(
  'slices by %s hold every image once, with errors, intervals and differences',
  async (by) => {
    const { slices, images, unknown } = await evaluationSlices(studio.context, {
      evaluations: ['e1', 'e2'],
      by,
    })
    const sum = (of: (slice: (typeof slices)[number]) => number): number =>
      slices.reduce((total, slice) => total + of(slice), 0)
    expect([images, unknown]).toEqual([18, 0])
    expect(sum(({ results }) => results[0]!.images)).toBe(18)
    const { top1Error } = studio.context.registry.evaluations.get('e2').result
    expect(sum(({ results }) => results[1]!.errors)).toBe(Math.round(18 * top1Error))
    for (const { results, differences } of slices) {
      expect(results[0]!.images === 0).toBe(differences[0] === null)
      if (results[0]!.error !== null) expect(results[0]!.interval!.high).toBeGreaterThan(0)
    }
  },
)

test('the split of a folder with split folders is given', async () => {
  const { slices } = await evaluationSlices(studio.context, { evaluations: ['e1'], by: 'split-source' })
  expect(slices.map(({ definition, results }) => [definition, results[0]!.images])).toEqual([
    [{ by: 'split-source', source: 'given' }, 18],
    [{ by: 'split-source', source: 'drawn' }, 0],
  ])
})

test('a selection of images is saved under a name, compared across runs, and deleted', async () => {
  const { context } = studio
  const definition = selectionOf(context, 'e1', { label: 1 })
  saveSlice(context, { dataset: 'd1', name: ' shirts ', definition })
  saveSlice(context, { dataset: 'd1', name: 'small', definition: { by: 'size', low: null, high: 1000 } })
  const { slices } = await evaluationSlices(context, { evaluations: ['e1', 'e3'], by: 'saved' })
  expect(slices.map(({ name, results }) => [name, results.map(({ images }) => images)])).toEqual([
    ['shirts', [6, 6]],
    ['small', [18, 18]],
  ])
  expect(() =>
    saveSlice(context, { dataset: 'd1', name: 'x', definition: { by: 'class', class: 'no' } }),
  ).toThrow(/no class "no"/)
  deleteSlice(context, { dataset: 'd1', name: 'small' })
  expect(() => deleteSlice(context, { dataset: 'd1', name: 'small' })).toThrow(/no slice/)
})

test('prediction and export use the temperature on request, and say where there is none', async () => {
  const { context } = studio
  const { temperature } = await calibrateRun(context, { run: 'r1' })
  const { root, images } = context.registry.datasets.manifest('d1')
  const asked = { run: 'r1', images: [join(root, images[0]!.path)] }
  const plain = await predictImages(context, asked)
  const calibrated = await predictImages(context, { ...asked, calibrated: true })
  expect(plain.temperature).toBeUndefined()
  expect(calibrated.temperature).toBe(temperature)
  const [before, after] = [plain, calibrated].map(({ predictions }) => predictions[0]!.classes)
  expect(after!.map(({ name }) => name)).toEqual(before!.map(({ name }) => name))
  const odds = (classes: typeof before): number =>
    Math.log(classes![0]!.probability / classes![1]!.probability)
  expect(odds(after)).toBeCloseTo(odds(before) / temperature, 5)

  const { path, certificate } = await exportRun(context, { run: 'r1', format: 'onnx', calibrated: true })
  const told = JSON.parse(readFileSync(join(path, '..', 'preprocessing.json'), 'utf8')) as object
  expect(told).toMatchObject({ temperature })
  expect(certificate.passed).toBe(true)
  await expect(predictImages(context, { ...asked, run: 'r2', calibrated: true })).rejects.toMatchObject({
    code: 'no-temperature',
  })
})
