import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Protocol } from '../../core/evaluation/types.ts'
import { compareRuns } from '../../core/queries/compare.ts'
import { differencesOf, pairedEvaluations, type RunEvaluation } from '../../core/queries/pairing.ts'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import { importDataset } from '../../core/jobs/import.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { tinyRecipe } from '../server/support.ts'
import { smallStudio } from '../jobs/small.ts'

vi.setConfig({ testTimeout: 60_000 })

const studio = smallStudio()
const runs = ['r1', 'r2']

beforeAll(async () => {
  const { context, folder } = studio
  await trainRun(context, { dataset: folder, recipe: tinyRecipe })
  await trainRun(context, { dataset: 'd1', recipe: { ...tinyRecipe, seed: 1 } })
})

test('a run whose recipe names no family is of the one that its network belongs to', async () => {
  const { context } = studio
  const { recipe, dataset, ...rest } = context.registry.runs.get('r1')
  const { network, ...others } = recipe as { network: object }
  const { family, ...old } = network as { family: string }
  expect(family).toBe('vgg')
  const { id } = context.registry.runs.create({
    suggestion: 'old',
    dataset: dataset!,
    recipe: { ...others, network: old },
    isTaken: () => false,
  })
  expect(rest.id).toBe('r1')
  expect(compareRuns(context, { runs: ['r1', id] }).settings).toEqual([])
})

test('runs are compared by one protocol, and by each one’s own only where they have none in common', async () => {
  const { context } = studio
  expect(compareRuns(context, { runs }).evaluations).toEqual([])
  await evaluateRun(context, { run: 'r1', scales: [36] })
  await evaluateRun(context, { run: 'r2', scales: [40], split: 'validation' })
  expect(compareRuns(context, { runs }).evaluations).toEqual([])

  await evaluateRun(context, { run: 'r2', scales: [40] })
  const [own, ...others] = compareRuns(context, { runs }).evaluations
  expect(others).toEqual([])
  expect(own).toMatchObject({ split: 'test', evaluations: ['e1', 'e3'] })
  expect(own!.protocolText).toBe('Center crop 32, scale 36; Center crop 32, scale 40')
  expect(own!.classes).toHaveLength(3)
  // Never in silence.
  expect(own!.differences).toEqual([{ aspect: 'scales', values: ['36', '40'] }])
  expect(own).toMatchObject({ sameProtocol: false, shareable: 0, images: [18, 18] })
  expect(own!.classes.map(({ images }) => images)).toEqual([
    [6, 6],
    [6, 6],
    [6, 6],
  ])

  await evaluateRun(context, { run: 'r2', scales: [36] })
  await evaluateRun(context, { run: 'r2', scales: [36] })
  expect(compareRuns(context, { runs }).evaluations).toMatchObject([
    { protocolText: 'Center crop 32, scale 36', evaluations: ['e1', 'e5'] },
  ])
})

test('evaluations can be picked, one of each run, of the same images', () => {
  const { context } = studio
  const { evaluations, choices } = compareRuns(context, { runs, evaluations: ['e1', 'e3'] })
  expect(evaluations).toMatchObject([{ evaluations: ['e1', 'e3'], differences: [{ aspect: 'scales' }] }])
  expect(choices.map((own) => own.map(({ evaluation }) => evaluation))).toEqual([
    ['e1'],
    ['e2', 'e3', 'e4', 'e5'],
  ])
  expect(() => compareRuns(context, { runs, evaluations: ['e1', 'e2'] })).toThrow(/not of the same images/)
  expect(() => compareRuns(context, { runs, evaluations: ['e3', 'e1'] })).toThrow(/no evaluation e3/)
})

test('a run before corrections of labels and one after are compared on the test images of the newest version', async () => {
  const { context, folder } = studio
  const { images } = context.registry.datasets.manifest('d1')
  const classes = context.registry.datasets.get('d1').classes
  const wrong = ['train', 'test'].map((split) => images.find((image) => image.split === split)!)
  const corrections = wrong.map(({ path, label }) => ({
    ...{ path, action: 'relabel' as const },
    class: classes[(label + 1) % classes.length]!,
  }))
  const { dataset } = await importDataset(context, {
    source: folder,
    name: context.registry.datasets.get('d1').name,
    corrections,
  })
  expect(compareRuns(context, { runs }).evaluateOn).toBe(null)
  const { run } = await trainRun(context, { dataset, recipe: tinyRecipe })
  const pair = ['r1', run]
  await evaluateRun(context, { run })
  expect(compareRuns(context, { runs: pair })).toMatchObject({ evaluations: [], evaluateOn: dataset })

  await evaluateRun(context, { run: 'r1', dataset })
  const { evaluations, settings } = compareRuns(context, { runs: pair })
  expect(evaluations).toMatchObject([{ split: 'test', images: [18, 18], differences: [] }])
  expect(settings.map(({ setting }) => setting)).toEqual(['dataset'])
  const [before, after] = evaluations[0]!.evaluations.map((id) =>
    context.registry.evaluations.predictions(id),
  )
  expect(before!.map(({ item, label }) => [item, label])).toEqual(
    after!.map(({ item, label }) => [item, label]),
  )
  // By its corrected label.
  const position = images.indexOf(wrong[1]!)
  expect(before!.find(({ item }) => item === position)!.label).toBe((wrong[1]!.label + 1) % classes.length)
})

describe('pairs of evaluations', () => {
  const protocol = { views: 'center', scales: [256], flips: false, crop: 224, mode: 'crop' } as const
  const one = (evaluation: string, changes: Partial<Protocol> = {}, more: object = {}): RunEvaluation =>
    ({
      evaluation,
      dataset: 'd1',
      split: 'test',
      classes: [{ name: 'a' }],
      checkpoint: 'best',
      execution: { engine: 'onnxruntime', engineVersion: '1', device: 'cpu', precision: 'fp32' },
      protocol: { ...protocol, ...changes },
      ...more,
    }) as unknown as RunEvaluation
  const ids = (groups: ReturnType<typeof pairedEvaluations>) =>
    groups.map((group) => group.map(({ evaluation }) => evaluation))

  test('are those of one protocol, each the newest, whatever else there is', () => {
    const dense = { views: 'dense', flips: true } as const
    expect(
      ids(
        pairedEvaluations([
          [one('e1'), one('e2', dense)],
          [one('e3', dense), one('e4', dense)],
        ]),
      ),
    ).toEqual([['e2', 'e4']])
  })

  test('are the nearest where no protocol is common: the same views before the same scales', () => {
    const other = [one('e3', { views: 'dense', flips: true }), one('e4', { scales: [224, 256, 288] })]
    const [[a, b] = []] = pairedEvaluations([[one('e1'), one('e2', { views: 'grid', flips: true })], other])
    expect([a!.evaluation, b!.evaluation]).toEqual(['e1', 'e4'])
    expect(differencesOf([a!, b!])).toEqual([{ aspect: 'scales', values: ['256', '224 256 288'] }])
  })

  test('of networks of other input sizes take scales in proportion to their crops', () => {
    const small = [one('e2', { crop: 64, scales: [128] }), one('e3', { crop: 64, scales: [73] })]
    expect(ids(pairedEvaluations([[one('e1')], small]))).toEqual([['e1', 'e3']])
  })

  test('say what else was not the same, and are never of other images', () => {
    const bf16 = { execution: { engine: 'tensorflow', engineVersion: '2', device: 'cpu', precision: 'bf16' } }
    const differences = differencesOf([one('e1'), one('e2', {}, { ...bf16, checkpoint: 'last' })])
    expect(differences.map(({ aspect }) => aspect)).toEqual(['checkpoint', 'precision', 'engine'])
    expect(pairedEvaluations([[one('e1')], [one('e2', {}, { split: 'validation' })]])).toEqual([])
  })
})
