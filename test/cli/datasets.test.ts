import { expect, test } from 'vitest'
import { datasetsTable } from '../../core/cli/datasets.ts'
import type { DatasetSummary } from '../../core/queries/datasets.ts'

const pets: DatasetSummary = {
  dataset: 'd1',
  name: 'pets',
  version: 2,
  root: '/data/pets',
  source: { kind: 'folder' },
  classes: ['cat', 'dog'],
  images: { train: 1400, validation: 300, test: 0 },
  problems: 1,
  options: { validation: 0.15, test: 0.15, seed: 0 },
  created: '2026-11-22T12:00:00.000Z',
  available: true,
  newest: true,
  runs: ['r1', 'r2', 'r3', 'r4', 'r5'],
}
const cells = (line: string): readonly string[] => line.split(/ {2,}/)

test('a data set is a line with its version, its images by split, where it lies, and its runs', () => {
  const [head, row] = datasetsTable([pets], 200).split('\n')
  expect(cells(head!)).toEqual([
    'id',
    'data set',
    'classes',
    'train',
    'val',
    'test',
    'folder',
    'created',
    'runs',
  ])
  expect(cells(row!)).toEqual([
    'd1',
    'pets@2',
    '2',
    '1,400',
    '300',
    '0',
    '/data/pets',
    expect.stringMatching(/^2026-11-2/),
    'r1 r2 r3 and 2 others',
  ])
})

test('a list is its own source, and what is gone is said to be', () => {
  const source = { kind: 'csv', path: '/data/pets/labels.csv' } as const
  const [, row] = datasetsTable([{ ...pets, source, available: false, runs: [] }], 200).split('\n')
  expect(cells(row!).slice(6, 7)).toEqual(['/data/pets/labels.csv (not there)'])
})
