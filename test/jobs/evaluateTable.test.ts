import { expect, test, vi } from 'vitest'
import { evaluateTable, tableText, type TableResult } from '../../core/cli/evaluateTable.ts'
import { reaches, tables } from '../../core/evaluation/tables.ts'
import { evaluateRun, type EvaluateInput } from '../../core/jobs/evaluate.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { tinyRecipe } from '../server/support.ts'
import { smallStudio } from './small.ts'

vi.setConfig({ testTimeout: 120_000 })

const studio = smallStudio()

test('runs are measured by the protocols of a table of the paper, alone and together', async () => {
  const { context, folder } = studio
  const { data = {}, ...rest } = tinyRecipe as { data?: object }
  const recipe = { ...rest, data: { ...data, crop: 32, scale: { min: 36, max: 44 } } }
  const { run: first } = await trainRun(context, { dataset: folder, recipe })
  const { run: second } = await trainRun(context, { dataset: folder, recipe })
  const evaluate = (input: EvaluateInput) => evaluateRun(context, input)

  const five = await evaluateTable(context, 'table5', [first], { split: 'test' }, evaluate)
  expect(five.rows).toHaveLength(1)
  expect(five.rows[0]!.trained).toBe('36–44')
  expect(five.rows[0]!.cells.map((cell) => cell?.protocolText)).toEqual([
    'Dense, scales 36 40 44, flipped',
    '5×5 grid of crops 32, scales 36 40 44, flipped',
    'Dense and 5×5 grid of crops 32, scales 36 40 44, flipped',
  ])
  for (const cell of five.rows[0]!.cells) {
    expect(context.registry.evaluations.get(cell!.evaluation).result.top1Error).toBe(cell!.top1Error)
  }

  const six = await evaluateTable(context, 'table6', [first, second], { split: 'test' }, evaluate)
  expect(six.rows).toHaveLength(1)
  // What was measured before is not measured again.
  expect(context.registry.evaluations.list(first)).toHaveLength(3)
  const [dense] = six.rows[0]!.cells
  const { members, result } = context.registry.ensembles.get(dense!.evaluation)
  expect(members.map((id) => context.registry.evaluations.get(id).run)).toEqual([first, second])
  expect(result.top1Error).toBe(dense!.top1Error)
})

test('“n/a” stands where a test scale would be smaller than the crop', async () => {
  const trainedOn = { crop: 28, scale: { min: 28, max: 28 }, mode: 'crop' } as const
  expect(reaches(tables.table3.columns[0]!, trainedOn)).toBe(true)
  expect(reaches(tables.table4.columns[0]!, trainedOn)).toBe(false)
  const result: TableResult = {
    table: 'table4',
    title: tables.table4.title,
    split: 'test',
    rows: [{ network: 'r1 "small", tiny', trained: '28', cells: [null] }],
    paper: tables.table4.paper,
  }
  const csv = tableText(result, 'csv', 80).split('\n')
  expect(csv[0]).toBe('network,trained at,dense top-1,dense top-5')
  expect(csv[1]).toBe('"r1 ""small"", tiny",28,n/a,n/a')
  expect(csv).toContain('paper: D,256–512,24.8%,7.5%')
  const markdown = tableText(result, 'markdown', 80)
  expect(markdown).toContain('| r1 "small", tiny | 28 | n/a | n/a |')
  expect(markdown).toContain('on ImageNet: another data set')
  expect(tableText(result, 'text', 100)).toContain('a test scale would be smaller than the crop')
})
