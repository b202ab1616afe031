import { expect, test } from 'vitest'
import { random } from '../../../core/base/random.ts'
import { crossValidate } from '../../../core/training/features/crossValidate.ts'

const source = random(4)
/** Eight classes by turns, as many as twice the folds: a fold by place alone would hold all of two classes. */
const [classes, count] = [8, 64]
const labels = Int32Array.from({ length: count }, (_, index) => index % classes)
const examples = (signal: number): Float32Array[] =>
  Array.from(labels, (label) =>
    Float32Array.from({ length: 16 }, (_, feature) => (feature === label ? signal : 0) + source.uniform()),
  )

test('classes that features tell apart are told apart, in whatever order the examples come', () => {
  const { loss, accuracy, losses } = crossValidate(examples(5), labels, classes)
  expect(accuracy).toBe(1)
  expect(losses).toHaveLength(count)
  expect(losses.reduce((sum, one) => sum + one, 0) / count).toBeCloseTo(loss, 10)
  expect(loss).toBeLessThan(1)
})

test('what says nothing of the classes is worth no more than guessing', () => {
  const { loss, accuracy } = crossValidate(examples(0), labels, classes)
  expect(loss).toBeGreaterThan(Math.log(classes) - 0.1)
  expect(accuracy).toBeLessThan(0.4)
})
