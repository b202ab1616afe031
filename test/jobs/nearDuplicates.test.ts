import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openContext, type JobContext } from '../../core/jobs/context/context.ts'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import { english } from '../../core/messages/en/index.ts'
import { lineOf } from '../../core/messages/text.ts'
import { evaluationDifferences } from '../../core/jobs/statistics/differences.ts'
import { duplicateGroups } from '../../core/jobs/statistics/scores.ts'
import { trainRun } from '../../core/jobs/train.ts'
import type { Id } from '../../core/registry/types.ts'
import { remove, temporaryFolder, tinyRecipe } from '../server/support.ts'
import { folderWithCopies, originalOf } from './copies.ts'

vi.setConfig({ testTimeout: 60_000 })

interface Reference {
  readonly interval: readonly [number, number]
  readonly p: number
  readonly deviation: number
}

/** Answers of two networks to these pictures, and what NumPy draws from them: test/reference/nearDuplicates.py. */
const fixture = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/nearDuplicates.json'), 'utf8'),
) as {
  readonly answers: readonly { readonly path: string; readonly first: boolean; readonly second: boolean }[]
  readonly difference: number
  readonly groups: number
  readonly grouped: number
  readonly byGroups: Reference
  readonly byImages: Reference
}

let folder: string
let context: JobContext

beforeAll(async () => {
  folder = await folderWithCopies()
  context = openContext({ home: temporaryFolder() })
  await trainRun(context, { dataset: folder, recipe: tinyRecipe })
  await evaluateRun(context, { run: 'r1' })
}, 120_000)
afterAll(() => {
  context.registry.close()
  remove(folder, context.home.folder)
})

/** An evaluation of the same images with other answers. */
function answered(which: 'first' | 'second'): Id {
  const { registry } = context
  const { run, checkpoint, split, result } = registry.evaluations.get('e1')
  const { images } = registry.datasets.manifest('d1')
  const isRight = new Map(fixture.answers.map((answer) => [answer.path, answer[which]]))
  const predictions = registry.evaluations.predictions('e1').map(({ item, label }) => {
    const guess = isRight.get(images[item]!.path)! ? label : (label + 1) % result.classes.length
    return { item, label, top: [{ label: guess, probability: 0.9 }] }
  })
  return registry.evaluations.add({
    run,
    checkpoint,
    dataset: 'd1',
    split,
    result: { ...result, predictions },
  })
}

test('copies of real pictures are found as near-duplicates, and drawings of one flag by two people', async () => {
  const { images } = context.registry.datasets.manifest('d1')
  const groups = await duplicateGroups(context, 'd1')
  const inTest = groups.filter((group) => group.every((position) => images[position]!.split === 'test'))
  for (const group of inTest)
    expect(new Set(group.map((position) => originalOf(images[position]!.path))).size).toBe(1)
  expect([inTest.length, inTest.flat().length]).toEqual([fixture.groups, fixture.grouped])
})

test('the bootstrap over their groups is the one that NumPy draws, and it decides', async () => {
  const evaluations = [answered('first'), answered('second')]
  const [found] = await evaluationDifferences(context, { evaluations })
  const { difference, groups, grouped, byGroups, byImages } = fixture
  expect(found).toMatchObject({ images: 95, groups, grouped, decidedBy: 'group-bootstrap', better: null })
  expect(found!.difference).toBeCloseTo(difference, 12)
  expect(found!.resampling.resamples).toBe(10_000)
  // Four standard errors of a quantile, and of a share, of that many draws.
  const most = (4 * 2.67 * byGroups.deviation) / 100
  expect(Math.abs(found!.interval.low - byGroups.interval[0])).toBeLessThan(most)
  expect(Math.abs(found!.interval.high - byGroups.interval[1])).toBeLessThan(most)
  const share = byGroups.p / 2
  expect(Math.abs(found!.p - byGroups.p)).toBeLessThan((4 * 2 * Math.sqrt(share * (1 - share))) / 100)
  // As if each copy were a picture of its own, it would be too sure.
  const width = ([low, high]: readonly [number, number]): number => high - low
  expect(width([found!.interval.low, found!.interval.high])).toBeGreaterThan(1.4 * width(byImages.interval))
  const basis = lineOf(english, found!.basis)
  expect(basis).toContain('bootstrap over near-duplicate groups p = 0.8')
  expect(basis).toContain('(19 groups, 59 images)')
})
