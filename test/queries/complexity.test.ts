import { beforeAll, expect, test, vi } from 'vitest'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import { runFolder } from '../../core/jobs/context/home.ts'
import { readSteps } from '../../core/jobs/recording/journal.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { complexity, usualRuns } from '../../core/queries/complexity.ts'
import { complexityCsv } from '../../core/queries/complexityCsv.ts'
import { smallStudio } from '../jobs/small.ts'
import { tinyRecipe } from '../server/support.ts'

vi.setConfig({ testTimeout: 60_000 })

const studio = smallStudio()
const runs = ['r1', 'r2', 'r3']

beforeAll(async () => {
  const { context, folder } = studio
  await trainRun(context, { dataset: folder, recipe: tinyRecipe })
  await trainRun(context, {
    dataset: 'd1',
    recipe: { ...tinyRecipe, network: { config: 'A', fcWidth: 16, widthMultiplier: 0.1 } },
  })
  await trainRun(context, { dataset: 'd1', recipe: { ...tinyRecipe, data: { crop: 32, scale: 32 } } })
})

test('before any evaluation errors are those of validation, by each protocol apart', async () => {
  const { bases, basis, points } = await complexity(studio.context, { runs })
  expect(bases).toMatchObject([
    {
      kind: 'validation',
      split: 'validation',
      images: 18,
      runs: ['r1', 'r2'],
      protocolText: 'Center crop 32, scale 36',
    },
    { kind: 'validation', runs: ['r3'], protocolText: 'Center crop 32, scale 32' },
  ])
  expect(basis).toBe(bases[0]!.id)
  // The third is of the same images, but by another protocol: it has no error here.
  expect(points.map(({ error }) => error?.protocolText ?? null)).toEqual([
    'Center crop 32, scale 36',
    'Center crop 32, scale 36',
    null,
  ])
})

test('errors of one protocol alone stand beside each other, and the closest only where they are asked for', async () => {
  const { context } = studio
  await evaluateRun(context, { run: 'r1' })
  await evaluateRun(context, { run: 'r2', scales: [40] })
  const { bases, points } = await complexity(context, { runs: ['r1', 'r2'] })
  expect(bases.map(({ kind, runs: own }) => [kind, own])).toEqual([
    ['evaluations', ['r1']],
    ['evaluations', ['r2']],
    ['nearest', ['r1', 'r2']],
    ['validation', ['r1', 'r2']],
  ])
  expect(points.filter(({ error }) => error !== null)).toHaveLength(1)
  const nearest = await complexity(context, { runs: ['r1', 'r2'], basis: bases[2]!.id })
  expect(nearest.points.map(({ error }) => error!.protocolText)).toEqual([
    'Center crop 32, scale 36',
    'Center crop 32, scale 40',
  ])
  expect(nearest.bases[2]!.differences).toEqual([{ aspect: 'scales', values: ['36', '40'] }])

  await evaluateRun(context, { run: 'r2' })
  const common = await complexity(context, { runs: ['r1', 'r2'] })
  expect(common.bases[0]).toMatchObject({
    kind: 'evaluations',
    runs: ['r1', 'r2'],
    split: 'test',
    images: 18,
    differences: [],
  })
  expect(common.bases.some(({ kind }) => kind === 'nearest')).toBe(false)
  const [first] = common.points
  const row = context.registry.evaluations.get('e1').result
  expect(first!.error).toMatchObject({
    top1Error: row.top1Error,
    images: 18,
    evaluation: 'e1',
    checkpoint: 'best',
  })
  expect(first!.error!.imagesPerSecond).toBeCloseTo(1 / row.secondsPerImage!)
})

test('speed and memory are those that were measured, and networks stand beside the runs with none', async () => {
  const { context } = studio
  const { points } = await complexity(context, { runs: ['r1'], networks: ['resnet18', 'D@64'] })
  const { memory } = await readSteps(runFolder(context.home, 'r1'))
  expect(points[0]!.memory.process).toBe(Math.max(...memory))
  expect(points[0]!.trainingSpeed).toBe(
    context.registry.epochs.list<{ epoch: number; imagesPerSecond: number }>('r1')[0]!.imagesPerSecond,
  )
  expect(points[0]).toMatchObject({
    run: { run: 'r1' },
    crop: 32,
    classes: 3,
    network: 'A+batchNorm=true+fcWidth=32+widthMultiplier=0.1@32',
  })
  expect(points.slice(1)).toMatchObject([
    // torchvision's resnet18 with three classes.
    {
      run: null,
      title: 'ResNet-18',
      crop: 224,
      classes: 3,
      parameters: 11_689_512 - 997 * 513,
      error: null,
      trainingSpeed: null,
    },
    { title: 'VGG D', crop: 64, classes: 3, memory: { process: null, device: null } },
  ])
  const paper = await complexity(context, { runs: [], networks: ['D'] })
  expect(paper.points).toMatchObject([
    { classes: 1000, parameters: 138_357_544, multiplyAdds: 15_470_264_320 },
  ])
})

test('as comma-separated values a line is a point, with its protocol', async () => {
  const { context } = studio
  const result = await complexity(context, { runs: ['r1'], networks: ['resnet18'] })
  const [titles, run, network, ...rest] = complexityCsv(result, 'accuracy').split('\n')
  expect(rest).toEqual([])
  expect(titles).toMatch(/^run,name,network,.*multiply-adds,top-1 accuracy 0-1/)
  expect(run).toContain(
    `,${1 - result.points[0]!.error!.top1Error},,18,test,"Center crop 32, scale 36",best,e1,`,
  )
  expect(network).toMatch(/^,,resnet18,ResNet-18,224,3,18,\d+,\d+,,,,/)
})

test('without a choice the trained runs of the last data set are shown', async () => {
  const { context } = studio
  expect(usualRuns(context)).toEqual(runs)
  expect(usualRuns(context, (run) => run !== 'r2')).toEqual(['r1', 'r3'])
  context.registry.runs.update('r1', { archived: true })
  expect(usualRuns(context)).toEqual(['r2', 'r3'])
  await expect(complexity(context, { runs: ['r9'] })).rejects.toMatchObject({ code: 'not-found' })
})
