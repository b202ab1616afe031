import { expect, test } from 'vitest'
import { catalog, jobInput, jobKinds, trains } from '../../core/jobs/catalog.ts'

test('a field that does not fit is refused by its name', () => {
  const refused = (kind: (typeof jobKinds)[number], input: unknown) => () => jobInput(kind, input)
  expect(refused('evaluate', { run: 'r1', scales: ['big'] })).toThrow(
    /^The job is not valid: evaluate\.scales\.0: /,
  )
  expect(refused('resume', {})).toThrow(/resume\.run/)
  expect(refused('export', { run: 'r1', format: 'onnx', to: '/tmp' })).toThrow(/“to”/)
  expect(refused('import', { source: '/images', corrections: [{ path: 'a.png', action: 'burn' }] })).toThrow(
    /import\.corrections\.0\.action/,
  )
})

test('what the command line hands over arrives as it is', () => {
  const input = {
    source: '/images',
    name: 'clothes',
    seed: 7,
    limits: { pixels: 1000, bytes: 1000, seconds: 3 },
    corrections: [{ path: 'a.png', action: 'relabel', class: 'bag' }],
  }
  expect(jobInput('import', input)).toEqual(input)
  const recipe = { network: { config: 'A' }, seed: 3 }
  expect(jobInput('train', { dataset: 'd1', recipe })).toEqual({ dataset: 'd1', recipe })
})

test('only what trains can pause', () => {
  expect(jobKinds.filter(trains)).toEqual(['train', 'resume', 'plan'])
})

test('a job says what it made and what it worked on', () => {
  const result = { evaluation: 'e1', run: 'r1', dataset: 'd1' } as Parameters<typeof catalog.evaluate.made>[0]
  expect(catalog.evaluate.made(result)).toEqual([
    { what: 'evaluation', id: 'e1', change: 'created' },
    { what: 'run', id: 'r1', change: 'updated' },
    { what: 'dataset', id: 'd1', change: null },
  ])
})
