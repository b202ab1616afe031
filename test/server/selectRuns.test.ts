import { expect, test } from 'vitest'
import { selectRuns } from '../../core/server/runs/select.ts'
import type { RunEntry } from '../../core/server/api/types.ts'

const run = (number: number, more: object): RunEntry =>
  ({
    ...{ run: `r${number}`, name: `run ${number}`, archived: false, tags: [], notes: '', config: 'A' },
    ...{ test: null, started: null, ended: null, settings: {} },
    ...more,
  }) as unknown as RunEntry

const at = (seconds: number): string => new Date(1000 * seconds).toISOString()
const all = [
  run(1, { started: at(0), ended: at(60), settings: { 'data.scale': { min: 32, max: 64 } } }),
  run(2, { started: at(0), ended: at(5), test: { top1Error: 0.4 } }),
  run(3, { test: { top1Error: 0.1 }, settings: { 'data.scale': { min: 40, max: 48 } } }),
]
const order = (query: Parameters<typeof selectRuns>[1]): string[] =>
  selectRuns(all, query).map(({ run: id }) => id)

test('runs are sorted by their error on test images, by how long they took and by settings', () => {
  expect(order({ sort: 'testError' })).toEqual(['r3', 'r2', 'r1'])
  expect(order({ sort: 'duration' })).toEqual(['r2', 'r1', 'r3'])
  expect(order({ sort: 'duration', direction: 'descending' })).toEqual(['r1', 'r2', 'r3'])
  expect(order({ sort: 'data.scale' })).toEqual(['r3', 'r1', 'r2'])
})
