import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { printTable, tableWriter } from '../../core/cli/tableResult.ts'
import { paperImages, paperRow, reaches, tables, type TableResult } from '../../core/evaluation/tables.ts'
import type { JobEvent } from '../../core/jobs/recording/events.ts'
import { measureTable } from '../../core/jobs/table.ts'
import { tableNumbers } from '../../core/jobs/evaluation/tableNumbers.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { remove, tinyRecipe } from '../server/support.ts'
import { smallStudio } from './small.ts'

vi.setConfig({ testTimeout: 60_000 })

/** Two test images: 150 crops of each are enough. */
const studio = smallStudio(2, 2)
const runs = ['r1', 'r2']

beforeAll(async () => {
  const { context, folder } = studio
  const recipe = {
    ...tinyRecipe,
    network: { ...tinyRecipe.network, widthMultiplier: 0.02, fcWidth: 8 },
    data: { crop: 32, scale: { min: 36, max: 44 } },
  }
  await trainRun(context, { dataset: folder, recipe })
  await trainRun(context, { dataset: folder, recipe: { ...recipe, seed: 1 } })
})

test('runs are measured by the protocols of a table of the paper, alone and together', async () => {
  const { context } = studio
  const five = await measureTable(context, { table: 'table5', runs: ['r1'] })
  expect(five.rows).toHaveLength(1)
  expect(five.rows[0]!.trained).toBe('36–44')
  expect(five.rows[0]!.cells).toMatchObject([
    { protocolText: 'Dense, scales 36 40 44, flipped' },
    { protocolText: '5×5 grid of crops 32, scales 36 40 44, flipped' },
    { protocolText: 'Dense and 5×5 grid of crops 32, scales 36 40 44, flipped' },
  ])
  for (const cell of five.rows[0]!.cells) {
    if ('absent' in cell) throw new Error('It was measured.')
    expect(context.registry.evaluations.get(cell.evaluation).result.top1Error).toBe(cell.top1Error)
  }

  const before = tableNumbers(context, { table: 'table6', runs })
  expect(before.rows[0]!.cells.map((cell) => 'absent' in cell && cell.absent)).toEqual(
    Array(3).fill('not-measured'),
  )
  const events: JobEvent[] = []
  const six = await measureTable(
    { ...context, emit: (event) => void events.push(event) },
    { table: 'table6', runs },
  )
  expect(six.rows).toHaveLength(1)
  expect(six.rows[0]!.runs).toEqual(runs)
  // What was measured before is not measured again.
  expect(context.registry.evaluations.list('r1')).toHaveLength(3)
  expect(events).toContainEqual(expect.objectContaining({ detail: expect.stringMatching(/grid \(2\/3\)$/) }))
  const [dense] = six.rows[0]!.cells
  if (!dense || 'absent' in dense) throw new Error('It was measured.')
  const { members, result } = context.registry.ensembles.get(dense.evaluation)
  expect(members.map((id) => context.registry.evaluations.get(id).run)).toEqual(runs)
  expect(result.top1Error).toBe(dense.top1Error)

  const ensembles = context.registry.ensembles.list().length
  expect(await measureTable(context, { table: 'table6', runs })).toEqual(six)
  expect(context.registry.ensembles.list()).toHaveLength(ensembles)
})

test('several runs are measured by any protocol, each at its own usual scale', async () => {
  const { context } = studio
  const result = await measureTable(context, { runs, views: 'ten', together: true })
  expect(result.table).toBeNull()
  expect(result.rows).toMatchObject([
    {
      runs,
      cells: [
        { protocolText: expect.stringContaining('r1: Corner and center crops 32, scale 40, flipped; r2:') },
      ],
    },
  ])
  expect(printTable(result, 'text', 'error', 200)).not.toContain('ImageNet')
})

test('“n/a” stands where a test scale would be smaller than the crop', async () => {
  const trainedOn = { crop: 28, scale: { min: 28, max: 28 }, mode: 'crop' } as const
  expect(reaches(tables.table3.columns[0]!, trainedOn)).toBe(true)
  expect(reaches(tables.table4.columns[0]!, trainedOn)).toBe(false)
  const result: TableResult = {
    table: 'table4',
    title: tables.table4.title,
    dataset: 'flowers@1',
    split: 'test',
    columns: tables.table4.columns,
    rows: [
      {
        runs: ['r1'],
        network: 'r1 "small", tiny',
        trained: '28',
        cells: [{ views: 'dense', absent: 'scale' }],
        paper: null,
      },
    ],
    paper: tables.table4.paper,
    paperImages,
  }
  const csv = printTable(result, 'csv', 'error', 80).split('\n')
  expect(csv[0]).toBe('network,trained at,dense top-1 error,dense top-5 error,n')
  expect(csv[1]).toBe('"r1 ""small"", tiny",28,n/a,n/a,')
  expect(csv).toContain('paper: D,256–512,24.8%,7.5%,50000')
  const markdown = printTable(result, 'markdown', 'error', 80)
  expect(markdown).toContain('| r1 "small", tiny | 28 | n/a | n/a |  |')
  expect(markdown).toContain('of ImageNet: another data set')
  expect(printTable(result, 'text', 'error', 100)).toContain('a test scale would be smaller than the crop')
})

test('a table is written as a page that loads nothing, Markdown, CSV or JSON', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-table-'))
  const result = tableNumbers(studio.context, { table: 'table3', runs })
  const written = async (name: string): Promise<string> =>
    readFileSync(await tableWriter(join(folder, name))(result, 'error'), 'utf8')
  const page = await written('table.html')
  expect(page).toMatch(/^<!doctype html>/)
  expect(page).toContain(
    '<th scope="row">paper: A-LRN</th><td>256</td><td>29.7%</td><td>10.5%</td><td>50,000</td>',
  )
  expect(page).not.toMatch(/\b(src|href)=|https?:|@import|url\(/)
  expect(await written('table.md')).toContain('| paper: E | 256–512 | 25.5% | 8.0% |')
  expect(await written('table.csv')).toContain('paper: E,256–512,25.5%,8.0%')
  expect(JSON.parse(await written('table.json'))).toEqual(result)
  expect(() => tableWriter('table.docx')).toThrow(/ending/)
  remove(folder)
})

test('the paper’s row beside a run is that of its configuration and kind of training scale', () => {
  const row = (config: string, crop: number, min: number, max: number) =>
    paperRow(tables.table3.paper, config, { crop, scale: { min, max }, mode: 'crop' })
  expect(row('D', 224, 256, 256)).toMatchObject({ trained: '256', errors: [[27.0, 8.8]] })
  expect(row('D', 64, 110, 110)).toMatchObject({ trained: '384', errors: [[26.8, 8.7]] })
  expect(row('E', 64, 72, 96)).toMatchObject({ trained: '256–512', errors: [[25.5, 8.0]] })
  expect(row('A', 64, 72, 96)).toBeNull()
})
