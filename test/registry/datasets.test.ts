import { expect, test } from 'vitest'
import { manifestOf, newRegistry, options } from './sample.ts'

test('a manifest comes back as it went in', () => {
  const registry = newRegistry()
  const manifest = manifestOf('/data/pets')
  const { id } = registry.datasets.add(manifest, options)
  expect(registry.datasets.manifest(id)).toEqual(manifest)
  expect(registry.datasets.problems(id)).toEqual(manifest.problems)
})

test('a data set tells its classes, its usable images per split and its problems', () => {
  const dataset = newRegistry().datasets.add(manifestOf('/data/pets', 20), options)
  expect(dataset).toMatchObject({
    id: 'd1',
    name: 'pets',
    version: 1,
    root: '/data/pets',
    classes: ['cat', 'Hund ä'],
    images: { train: 14, validation: 2, test: 4 },
    problems: 1,
    options,
  })
})

test('importing the same folder again makes a new version, and the old one stays', () => {
  const { datasets } = newRegistry()
  const first = datasets.add(manifestOf('/data/pets', 20), options)
  const second = datasets.add(manifestOf('/data/pets', 30), options)
  expect([second.id, second.name, second.version]).toEqual(['d2', 'pets', 2])
  expect(datasets.get('pets').id).toBe('d2')
  expect(datasets.get('PETS@1').id).toBe('d1')
  expect(datasets.manifest(first.id).images).toHaveLength(20)
  expect(datasets.latestOf({ root: '/data/pets' })?.id).toBe('d2')
})

test('a CSV file beside the images is a source of its own', () => {
  const { datasets } = newRegistry()
  const source = { kind: 'csv', path: '/data/pets/labels.csv' } as const
  datasets.add(manifestOf('/data/pets'), options)
  const { id, name } = datasets.add({ ...manifestOf('/data/pets'), source }, options)
  expect(name).toBe('pets-2')
  expect(datasets.get(id).source).toEqual(source)
  expect(datasets.latestOf({ root: '/data/pets', source })?.id).toBe(id)
  expect(datasets.latestOf({ root: '/data/pets' })?.id).toBe('d1')
})

test('another folder of the same name gets a name of its own', () => {
  const { datasets } = newRegistry()
  datasets.add(manifestOf('/data/pets'), options)
  expect(datasets.add(manifestOf('/other/pets'), options).name).toBe('pets-2')
})

test('a name that was asked for is kept, and refused for another folder', () => {
  const { datasets } = newRegistry()
  datasets.add(manifestOf('/data/pets'), options, 'animals')
  expect(datasets.add(manifestOf('/data/pets'), options, 'Animals')).toMatchObject({
    name: 'animals',
    version: 2,
  })
  expect(() => datasets.add(manifestOf('/other'), options, 'animals')).toThrow(
    expect.objectContaining({ code: 'name-taken' }),
  )
})

test.each(['', '  ', 'last', 'd3', 'a@2', '-x', 'a\nb', 'x'.repeat(101)])(
  '%j is refused as a name',
  (name) => {
    expect(() => newRegistry().datasets.add(manifestOf('/data/pets'), options, name)).toThrow(
      expect.objectContaining({ code: 'invalid-name' }),
    )
  },
)

test.each([
  ['/', 'images'],
  ['/data/d7', 'images'],
  ['/data/a@b', 'a-b'],
  ['/data/ -- x', 'x'],
])('the folder %s is filed under the name %s', (root, name) => {
  expect(newRegistry().datasets.add(manifestOf(root), options).name).toBe(name)
})

test('what is not there is not found, with a hint', () => {
  const { datasets } = newRegistry()
  expect(datasets.find('pets')).toBeNull()
  for (const reference of ['d1', 'pets', 'pets@3', 'last']) {
    expect(() => datasets.get(reference)).toThrow(expect.objectContaining({ code: 'not-found' }))
  }
})

test('100,000 images are filed and read back', () => {
  const { datasets } = newRegistry()
  const manifest = manifestOf('/data/many', 100_000)
  const { id } = datasets.add(manifest, options)
  const read = datasets.manifest(id)
  expect(read.images).toHaveLength(100_000)
  expect(read.images[99_999]).toEqual(manifest.images[99_999])
})
