import { expect, test } from 'vitest'
import type { Evaluation, ImagePrediction } from '../../core/evaluation/types.ts'
import { manifestOf, newRegistry, options, registryWithRun } from './sample.ts'

test('images come a slice at a time, by class, split and part of the path, with their positions', () => {
  const registry = newRegistry()
  const { id } = registry.datasets.add(manifestOf('/data/pets', 100), options)
  const all = registry.datasets.manifest(id).images
  const wanted = [...all.entries()].filter(([, image]) => image.label === 1 && image.split === 'train')
  const page = registry.pages.images(id, { label: 1, split: 'train' }, { offset: 3, limit: 5 })
  expect(page.total).toBe(wanted.length)
  expect(page.entries.map(({ position }) => position)).toEqual(
    wanted.slice(3, 8).map(([position]) => position),
  )
  expect(page.entries[0]).toEqual({
    position: wanted[3]![0],
    path: wanted[3]![1].path,
    label: 1,
    split: 'train',
    width: 28,
    height: 30,
  })
  const found = registry.pages.images(id, { search: 'HUND ' }, { offset: 0, limit: 1 })
  expect(found.total).toBe(50)
  expect(registry.pages.images(id, { search: '100%' }, { offset: 0, limit: 1 }).total).toBe(0)
  expect(registry.pages.image(id, 7)).toEqual(all[7])
  expect(registry.pages.image(id, 100)).toBeNull()
})

test('an image’s place in a list is how many of it come before; folders at the top are told', () => {
  const registry = newRegistry()
  const { id } = registry.datasets.add(manifestOf('/data/pets', 100), options)
  const filter = { label: 1, split: 'train' } as const
  const { entries } = registry.pages.images(id, filter, { offset: 0, limit: 100 })
  const { position } = entries[7]!
  const none = { offset: 0, limit: 0 }
  expect(registry.pages.images(id, { ...filter, before: position }, none).total).toBe(7)
  const positions = entries.map((entry) => entry.position)
  expect(registry.pages.imagesAt(id, positions, { before: position }, none).total).toBe(7)
  const tops = new Set(registry.datasets.manifest(id).images.map(({ path }) => path.split('/')[0]))
  expect(new Set(registry.pages.tops(id))).toEqual(tops)
})

test('images of a list of positions, and of a list of paths, are found likewise', () => {
  const registry = newRegistry()
  const { id } = registry.datasets.add(manifestOf('/data/pets', 100), options)
  const positions = [90, 3, 7, 9, 200]
  const page = registry.pages.imagesAt(id, positions, { label: 1 }, { offset: 1, limit: 5 })
  expect(page.total).toBe(3)
  expect(page.entries.map(({ position }) => position)).toEqual([7, 9])
  const paths = [5, 2].map((position) => registry.pages.image(id, position)!.path)
  const found = registry.pages.imagesBy(id, [...paths, 'cat/none.png'])
  expect(found.map(({ position, path }) => [position, path])).toEqual([
    [2, paths[1]],
    [5, paths[0]],
  ])
})

test('corrections wait under a name that all versions share, until those that were applied are settled', () => {
  const { corrections } = newRegistry()
  corrections.change('Pets', {
    put: [
      { path: 'b.png', action: 'relabel', class: 'cat' },
      { path: 'a.png', action: 'leave-out' },
    ],
  })
  const waiting = [
    { path: 'a.png', action: 'leave-out' },
    { path: 'b.png', action: 'relabel', class: 'cat' },
  ] as const
  expect(corrections.pending('pets')).toEqual(waiting)
  corrections.change('pets', { put: [{ path: 'c.png', action: 'take-back' }], forget: ['a.png'] })
  corrections.settle('pets', [{ path: 'b.png', action: 'relabel', class: 'dog' }])
  expect(corrections.pending('pets')).toEqual([waiting[1], { path: 'c.png', action: 'take-back' }])
  corrections.settle('pets', [waiting[1]])
  expect(corrections.pending('pets')).toEqual([{ path: 'c.png', action: 'take-back' }])
  expect(corrections.pending('other')).toEqual([])
})

test('a label that was found right stays so, whatever is applied, until it is doubted', () => {
  const { corrections } = newRegistry()
  const confirm = [
    { path: 'b.png', class: 'cat' },
    { path: 'a.png', class: 'dog' },
  ]
  corrections.change('Pets', { confirm })
  corrections.settle('Pets', [{ path: 'b.png', action: 'leave-out' }])
  expect(corrections.confirmed('pets')).toEqual([confirm[1], confirm[0]])
  corrections.change('pets', { doubt: ['b.png'], confirm: [{ path: 'a.png', class: 'cat' }] })
  expect(corrections.confirmed('pets')).toEqual([{ path: 'a.png', class: 'cat' }])
  expect(corrections.confirmed('other')).toEqual([])
})

test('predictions are found by cell and by being right, sorted by confidence; two evaluations by where they differ', () => {
  const { registry, dataset, run } = registryWithRun()
  const add = (predicted: readonly number[]) =>
    registry.evaluations.add({
      run: run.id,
      checkpoint: 'best',
      dataset: dataset.id,
      split: 'test',
      result: { predictions: predictions(predicted) } as unknown as Evaluation,
    })
  // True classes are 0 1 0 1 0 1.
  const first = add([0, 0, 0, 1, 1, 0])
  const second = add([0, 1, 1, 1, 1, 2])
  const slice = { offset: 0, limit: 10 }
  const items = (entries: readonly { item: number }[]) => entries.map(({ item }) => item)
  const page = registry.pages.predictions(
    first,
    { label: 1, predicted: 0 },
    { ...slice, order: 'least-confidence' },
  )
  expect(page.total).toBe(2)
  expect(items(page.entries)).toEqual([5, 1])
  expect(page.entries[0]!.top[0]).toEqual({ label: 0, probability: 0.4 })
  const right = registry.pages.predictions(
    first,
    { correct: true },
    { ...slice, order: 'confidence', limit: 2 },
  )
  expect([right.total, items(right.entries)]).toEqual([3, [0, 2]])

  const differing = (which: 'first' | 'second' | 'neither' | 'differ') =>
    registry.pages.differences(first, second, { which }, slice).entries.map(({ image }) => image)
  expect(differing('first')).toEqual([2])
  expect(differing('second')).toEqual([1])
  expect(differing('neither')).toEqual([5])
  expect(differing('differ')).toEqual([1, 2, 5])
  expect(registry.pages.differences(first, second, { which: 'differ', label: 0 }, slice).total).toBe(1)
  expect(registry.evaluations.get(second).id).toBe(second)
  expect(() => registry.evaluations.get('e9')).toThrow(expect.objectContaining({ code: 'not-found' }))
})

function predictions(predicted: readonly number[]): ImagePrediction[] {
  return predicted.map((label, item) => ({
    item,
    label: item % 2,
    top: [{ label, probability: 0.9 - item / 10 }],
  }))
}
