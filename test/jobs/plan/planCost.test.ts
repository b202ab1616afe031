import { expect, test } from 'vitest'
import { planSeconds } from '../../../core/jobs/plan/planCost.ts'

const run = { start: 1, epoch: 10, total: 81 }

test('a plan takes what its runs take; where one is not known, nobody knows', () => {
  expect(planSeconds([run, { start: 2, epoch: 5, total: 42 }], null, 8)).toBe(123)
  expect(planSeconds([run, null], null, 8)).toBeNull()
})

test('halving leaves less of them: four for two epochs, two for two more, one for the other four', () => {
  const seconds = planSeconds([run, run, run, run], { factor: 2, first: 2 }, 8)
  expect(seconds).toBe(4 * (1 + 20) + 2 * (1 + 20) + (1 + 40))
})
