import { expect, test } from 'vitest'
import { listDatasets } from '../../core/queries/datasets.ts'
import { manifestOf, newRegistry, options, temporaryFolder } from '../registry/sample.ts'

test('the list tells of each version whether its folder is there, whether it is the newest, and its runs', async () => {
  const registry = newRegistry()
  const folder = temporaryFolder()
  expect(await listDatasets({ registry })).toEqual({ datasets: [] })
  const first = registry.datasets.add(manifestOf(folder, 20), options, 'pets')
  registry.datasets.add(manifestOf(folder, 30), options)
  registry.datasets.add(manifestOf('/nowhere/birds'), options)
  const start = (dataset: string) => registry.runs.create({ suggestion: 'run', dataset, recipe: {} })
  for (const dataset of [first.id, 'd2', first.id]) start(dataset)
  const { datasets } = await listDatasets({ registry })
  expect(datasets).toMatchObject([
    { dataset: 'd1', name: 'pets', version: 1, images: { train: 14 }, newest: false, runs: ['r1', 'r3'] },
    { dataset: 'd2', name: 'pets', version: 2, available: true, newest: true, runs: ['r2'] },
    { dataset: 'd3', name: 'birds', version: 1, available: false, newest: true, runs: [] },
  ])
  expect(datasets[0]).not.toHaveProperty('id')
})
