import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Evaluation } from '../../core/evaluation/types.ts'
import { manifestOf, newRegistry, options, registryWithRun, temporaryFolder } from './sample.ts'

test('a new run is queued and knows its data set and its recipe', () => {
  const { registry, dataset, run } = registryWithRun()
  expect(run).toMatchObject({
    id: 'r1',
    name: 'pets-A',
    status: 'queued',
    dataset: dataset.id,
    parent: null,
    recipe: { seed: 1 },
    execution: null,
    error: null,
    notes: '',
    tags: [],
    archived: false,
    started: null,
    ended: null,
  })
  expect(Date.parse(run.created)).toBeLessThanOrEqual(Date.now())
  expect(registry.runs.list()).toEqual([run])
})

test('a run is found by its id, its name, or as the last one', () => {
  const { registry, dataset } = registryWithRun()
  const second = registry.runs.create({ suggestion: 'pets-A', dataset: dataset.id, recipe: {} })
  expect(second).toMatchObject({ id: 'r2', name: 'pets-A-2' })
  expect(registry.runs.get('R1').id).toBe('r1')
  expect(registry.runs.get('pets-a-2').id).toBe('r2')
  expect(registry.runs.get('last').id).toBe('r2')
  expect(() => registry.runs.get('r9')).toThrow(expect.objectContaining({ code: 'not-found' }))
  expect(() => registry.runs.get('d1')).toThrow(expect.objectContaining({ code: 'not-found' }))
})

test('ids are never used twice', () => {
  const { registry, dataset } = registryWithRun()
  registry.runs.remove('r1')
  expect(registry.runs.create({ suggestion: 'x', dataset: dataset.id, recipe: {} }).id).toBe('r2')
})

test('a name, notes, tags and the archive flag can be changed, one without the others', () => {
  const { registry, dataset } = registryWithRun()
  registry.runs.update('r1', { notes: 'first try', tags: ['baseline', 'ä'] })
  registry.runs.update('r1', { archived: true })
  const changed = registry.runs.update('r1', { name: 'Pets-a' })
  expect(changed).toMatchObject({
    name: 'Pets-a',
    notes: 'first try',
    tags: ['baseline', 'ä'],
    archived: true,
  })
  registry.runs.create({ name: 'other', suggestion: '', dataset: dataset.id, recipe: {} })
  const taken = expect.objectContaining({ code: 'name-taken' })
  expect(() => registry.runs.update('r1', { name: 'Other' })).toThrow(taken)
  expect(() =>
    registry.runs.create({ name: 'OTHER', suggestion: '', dataset: dataset.id, recipe: {} }),
  ).toThrow(taken)
})

test('epochs stand in order; a resumed run replaces those it comes to again', () => {
  const { registry } = registryWithRun()
  for (const epoch of [1, 2, 3]) registry.epochs.put('r1', { epoch, loss: epoch } as { epoch: number })
  registry.epochs.forgetAfter('r1', 2)
  registry.epochs.put('r1', { epoch: 2, loss: 20 } as { epoch: number })
  expect(registry.epochs.list('r1')).toEqual([
    { epoch: 1, loss: 1 },
    { epoch: 2, loss: 20 },
  ])
})

test('of each kind a run has one checkpoint, the newest', () => {
  const { registry } = registryWithRun()
  const put = (kind: string, epoch: number, top1Error: number | null) =>
    registry.checkpoints.put('r1', {
      kind,
      path: `runs/r1/${kind}.safetensors`,
      epoch,
      step: epoch * 10,
      top1Error,
      bytes: 5,
    })
  put('last', 1, 0.5)
  put('best', 1, 0.5)
  put('last', 2, null)
  expect(registry.checkpoints.list('r1')).toMatchObject([
    { kind: 'best', path: 'runs/r1/best.safetensors', epoch: 1, step: 10, top1Error: 0.5, bytes: 5 },
    { kind: 'last', path: 'runs/r1/last.safetensors', epoch: 2, step: 20, top1Error: null, bytes: 5 },
  ])
})

const result: Evaluation = {
  protocol: { views: 'center', scales: [32], flips: false, crop: 32, mode: 'crop' },
  protocolText: 'center crop',
  images: 2,
  failures: [],
  top1Error: 0.5,
  top1Interval: { low: 0.1, high: 0.9 },
  top5Error: null,
  loss: 1,
  confusion: [
    [1, 0],
    [1, 0],
  ],
  classes: [],
  macro: { precision: 0.5, recall: 0.5, f1: 0.5 },
  predictions: [
    { item: 4, label: 0, top: [{ label: 0, probability: 0.75 }] },
    { item: 9, label: 1, top: [{ label: 0, probability: 0.6 }] },
  ],
}

test('an evaluation is listed without its predictions, which are found by cell', () => {
  const { registry, dataset } = registryWithRun()
  const id = registry.evaluations.add({
    run: 'r1',
    checkpoint: 'best',
    dataset: dataset.id,
    split: 'test',
    result,
  })
  const { predictions, ...listed } = result
  expect(registry.evaluations.list('r1')).toMatchObject([
    { id, run: 'r1', checkpoint: 'best', dataset: 'd1', split: 'test', result: listed },
  ])
  expect(registry.evaluations.list('r1')[0]!.result).not.toHaveProperty('predictions')
  expect(registry.evaluations.predictions(id)).toEqual(predictions)
  expect(registry.evaluations.predictions(id, { label: 1, predicted: 0 })).toEqual([predictions[1]])
  expect(registry.evaluations.predictions(id, { label: 0, predicted: 1 })).toEqual([])
})

test('an export is listed with its certificate', () => {
  const { registry } = registryWithRun()
  const certificate = {
    runtimes: [],
    ...{ labelled: 4, correct: 3, tolerance: 1e-3, worst: null, bytes: 9, passed: true },
  }
  registry.exports.add({ run: 'r1', checkpoint: 'best', format: 'onnx', path: '/tmp/m.onnx', certificate })
  registry.exports.add({
    run: 'r1',
    checkpoint: 'last',
    format: 'onnx',
    path: '/tmp/n.onnx',
    certificate: null,
  })
  expect(registry.exports.list('r1')).toMatchObject([
    { id: 'x1', path: '/tmp/m.onnx', parity: null, certificate },
    { id: 'x2', path: '/tmp/n.onnx', certificate: null },
  ])
})

test('a run that goes takes all that belongs to it along, and leaves its data set and its children', () => {
  const { registry, dataset } = registryWithRun()
  registry.runs.create({ suggestion: 'child', dataset: dataset.id, parent: 'r1', recipe: {} })
  registry.epochs.put('r1', { epoch: 1 })
  const evaluation = registry.evaluations.add({
    run: 'r1',
    checkpoint: 'best',
    dataset: dataset.id,
    split: 'test',
    result,
  })
  registry.runs.remove('r1')
  expect(registry.runs.list().map(({ id, parent }) => [id, parent])).toEqual([['r2', null]])
  expect(registry.epochs.list('r1')).toEqual([])
  expect(registry.evaluations.predictions(evaluation)).toEqual([])
  expect(registry.datasets.get('d1').id).toBe('d1')
  expect(() => registry.runs.remove('r1')).toThrow(expect.objectContaining({ code: 'not-found' }))
})

test('a run of a data set that is not there is refused', () => {
  const { registry } = registryWithRun()
  expect(() => registry.runs.create({ suggestion: 'x', dataset: 'd99', recipe: {} })).toThrow(/FOREIGN KEY/)
  expect(registry.datasets.add(manifestOf('/x'), options).id).toBe('d2')
})

test('a list reads a run again once it has changed, and not before', () => {
  const { registry, dataset } = registryWithRun()
  registry.runs.create({ suggestion: 'other', dataset: dataset.id, recipe: {} })
  const [first, second] = registry.runs.list()
  registry.runs.update('r1', { notes: 'first try' })
  const [changed, same] = registry.runs.list()
  expect(changed).toEqual({ ...first, notes: 'first try' })
  expect(same).toBe(second)
})

test('a list that nothing has changed is the same list; what another process changes is seen', () => {
  const file = join(temporaryFolder(), 'registry.sqlite')
  const registry = newRegistry(file)
  const dataset = registry.datasets.add(manifestOf('/x'), options)
  const run = registry.runs.create({ suggestion: 'one', dataset: dataset.id, recipe: {} })
  const before = registry.runs.list()
  expect(registry.runs.list()).toBe(before)
  newRegistry(file).runs.update(run.id, { name: 'other' })
  expect(registry.runs.list()).toEqual([{ ...before[0], name: 'other' }])
  registry.leases.claim(run.id)
  expect(registry.runs.list()[0]?.status).toBe('running')
})
