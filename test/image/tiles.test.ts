import { expect, test } from 'vitest'
import { tileRanges, tileSheet, wholeRange } from '../../core/image/tiles.ts'
import { filterTiles } from '../../core/jobs/tasks/filters.ts'
import { insideOf, insideReferences } from '../engine/insides.ts'

test.each(Object.keys(insideReferences))(
  'first-layer filters of %s are torchvision’s grid of them, pixel by pixel',
  (name) => {
    const { network, weights } = insideOf(name)
    const first = network.layers.find(({ kind }) => kind === 'convolution')!
    const tiles = filterTiles(weights.get(`${first.name}.weight`)!)
    const own = tileRanges(tiles)
    const { shape, each, all } = insideReferences[name]!.filters
    for (const [ranges, expected] of [
      [own, each],
      [own.map(() => wholeRange(own)), all],
    ] as const) {
      const { width, height, data } = tileSheet(tiles, { ranges, columns: Math.min(3, tiles.count), gap: 1 })
      expect([3, height, width]).toEqual(shape)
      const planes = Array.from({ length: 3 * width * height }, (_, index) => {
        const [plane, pixel] = [Math.floor(index / (width * height)), index % (width * height)]
        return data[3 * pixel + plane]!
      })
      expect(planes).toEqual(expected)
    }
  },
)

test('maps are gray, in the order that is asked for, enlarged without smoothing; what is all the same is the middle level', () => {
  const tiles = {
    values: Float32Array.of(0, 1, 2, 4, 7, 7, 7, 7),
    count: 2,
    planes: 1,
    width: 2,
    height: 2,
  } as const
  const ranges = tileRanges(tiles)
  expect(ranges).toEqual([
    { min: 0, max: 4 },
    { min: 7, max: 7 },
  ])
  const { width, height, data } = tileSheet(tiles, { shown: [1, 0], ranges, columns: 2, zoom: 2 })
  expect([width, height]).toEqual([8, 4])
  const row = (y: number): number[] => Array.from({ length: width }, (_, x) => data[3 * (y * width + x)]!)
  expect(row(0)).toEqual([128, 128, 128, 128, 0, 0, 64, 64])
  expect(row(3)).toEqual([128, 128, 128, 128, 128, 128, 255, 255])
  expect(data[0]).toBe(data[2])
})
