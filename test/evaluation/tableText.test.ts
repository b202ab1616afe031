import { expect, test } from 'vitest'
import { linesOf, tableCsv, tableMarkdown } from '../../core/evaluation/tableText.ts'
import type { TableResult } from '../../core/evaluation/tables.ts'

test('numbers of images are grouped for people and plain for programs', () => {
  const table = {
    title: { code: 'table3', values: {} },
    columns: [{ views: 'dense' }],
    rows: [
      {
        network: 'r1 mine',
        trained: '36',
        cells: [
          {
            views: 'dense',
            protocolText: 'Dense, scale 36',
            top1Error: 0.5,
            top5Error: 0.1,
            images: 1200,
            checkpoint: 'best',
            evaluation: 'e1',
            execution: {
              engine: 'onnxruntime',
              engineVersion: '1.30.0',
              device: 'cpu',
              precision: 'fp32',
              threads: 2,
            },
          },
        ],
      },
    ],
    paper: [{ network: 'A', trained: '256', errors: [[29.6, 10.4]] }],
    paperImages: 50_000,
    split: 'test',
    dataset: 'd1',
  } as unknown as TableResult
  const { own, paper, protocols } = linesOf(table, 'error')
  expect(own).toEqual([['r1 mine', '36', '50.0%', '10.0%', '1,200']])
  expect(paper).toEqual([['paper: A', '256', '29.6%', '10.4%', '50,000']])
  expect(protocols).toEqual([
    'dense, r1 mine: Dense, scale 36; 1,200 test images; best checkpoint; ONNX Runtime 1.30.0 on the CPU, fp32; e1',
  ])
  expect(tableCsv(table, 'error')).toContain('29.6%,10.4%,50000')
  expect(tableMarkdown(table, 'error')).toContain('| 50,000 |')
})
