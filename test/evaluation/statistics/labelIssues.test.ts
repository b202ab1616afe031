import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { labelIssues } from '../../../core/evaluation/statistics/labelIssues.ts'

interface Case {
  readonly classes: number
  readonly labels: readonly number[]
  readonly probabilities: readonly number[]
  readonly issues: readonly number[]
}

const file = join(import.meta.dirname, '../../fixtures/labelIssues.json')
const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly Case[]
const judgedOf = ({ classes, labels, probabilities }: Case) => ({
  images: labels.length,
  classes,
  labels: Uint32Array.from(labels),
  probabilities: Float32Array.from(probabilities),
})

test.each(cases.map((one, index) => ({ one, index, classes: one.classes, images: one.labels.length })))(
  'wrong labels are those that cleanlab finds, in its order: $images images, $classes classes',
  ({ one }) => {
    expect(labelIssues(judgedOf(one)).map(({ image }) => image)).toEqual(one.issues)
  },
)

test('a suspect says which class it looks like, and how probable that is', () => {
  const judged = judgedOf(cases[1]!)
  for (const { image, suggested, ownProbability, suggestedProbability } of labelIssues(judged)) {
    const row = judged.probabilities.subarray(image * 10, (image + 1) * 10)
    expect(suggestedProbability).toBe(Math.max(...row))
    expect(row[suggested]).toBe(suggestedProbability)
    expect(row[judged.labels[image]!]).toBe(ownProbability)
    expect(suggested).not.toBe(judged.labels[image])
  }
})

test('nothing is said of no images, of one in its class, and of labels that are right', () => {
  const none = {
    images: 0,
    classes: 2,
    labels: new Uint32Array(0),
    probabilities: new Float32Array(0),
  }
  expect(labelIssues(none)).toEqual([])
  const sure = {
    images: 3,
    classes: 2,
    labels: Uint32Array.of(0, 0, 1),
    probabilities: Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.9, 0.1),
  }
  expect(labelIssues(sure)).toEqual([])
})
