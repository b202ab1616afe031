import { join } from 'node:path'
import { expect, test } from 'vitest'
import { manifestOf, newRegistry, options, temporaryFolder } from './sample.ts'

const newHome = () => newRegistry(join(temporaryFolder(), 'registry.sqlite'))
const steps = [
  { recipe: { network: { config: 'A' } }, source: null },
  { recipe: { network: { config: 'D' } }, source: 0 },
]

test('a plan keeps its steps in their order, and goes by id or name', () => {
  const registry = newHome()
  const { id: dataset } = registry.datasets.add(manifestOf('/data/pets'), options)
  const plan = registry.plans.create({ suggestion: 'pets-D-staged', kind: 'chain', dataset, steps })
  expect(plan).toMatchObject({ id: 'p1', name: 'pets-D-staged', kind: 'chain', dataset, steps })
  expect(registry.plans.get('pets-d-STAGED')).toEqual(plan)
  expect(registry.plans.list()).toEqual([plan])
  const other = registry.plans.create({ suggestion: 'pets-D-staged', kind: 'chain', dataset, steps })
  expect(other.name).toBe('pets-D-staged-2')
  const asked = { name: 'pets-D-staged', suggestion: '', kind: 'chain' as const, dataset, steps }
  expect(() => registry.plans.create(asked)).toThrow(expect.objectContaining({ code: 'name-taken' }))
  expect(() => registry.plans.get('p7')).toThrow(expect.objectContaining({ code: 'not-found' }))
})

test('a step’s run is the latest that names it; what is deleted is gone', () => {
  const registry = newHome()
  const { id: dataset } = registry.datasets.add(manifestOf('/data/pets'), options)
  const plan = registry.plans.create({ suggestion: 'staged', kind: 'chain', dataset, steps })
  expect(registry.plans.runs(plan)).toEqual([null, null])
  const run = (step: number) =>
    registry.runs.create({ suggestion: 'staged', dataset, recipe: {}, plan: { plan: plan.id, step } })
  expect(run(0)).toMatchObject({ id: 'r1', plan: { plan: 'p1', step: 0 } })
  run(0)
  run(1)
  expect(registry.plans.runs(plan)).toEqual(['r2', 'r3'])
  registry.runs.remove('r3')
  registry.runs.remove('r2')
  expect(registry.plans.runs(plan)).toEqual(['r1', null])
})

test('a plan that is forgotten leaves its runs, and comes back with those that are still there', () => {
  const registry = newHome()
  const { id: dataset } = registry.datasets.add(manifestOf('/data/pets'), options)
  const plan = registry.plans.create({ suggestion: 'staged', kind: 'chain', dataset, steps })
  const run = (step: number) =>
    registry.runs.create({ suggestion: 'staged', dataset, recipe: {}, plan: { plan: plan.id, step } })
  const [first, second] = [run(0), run(1)]
  const removed = registry.plans.remove(plan.id)
  expect(registry.plans.list()).toEqual([])
  expect(registry.runs.get(first.id).plan).toBeNull()
  registry.runs.remove(second.id)
  expect(registry.plans.restore(removed)).toEqual(plan)
  expect(registry.plans.runs(plan)).toEqual([first.id, null])
  // Another has its name by then.
  const again = registry.plans.remove(plan.id)
  const other = registry.plans.create({ suggestion: 'staged', kind: 'chain', dataset, steps })
  expect(other.id).not.toBe(plan.id)
  expect(() => registry.plans.restore(again)).toThrow(expect.objectContaining({ code: 'name-taken' }))
  expect(() => registry.plans.remove(plan.id)).toThrow(expect.objectContaining({ code: 'not-found' }))
})
