import { expect, test } from 'vitest'
import { random } from '../../../core/base/random.ts'
import { foldOfImages } from '../../../core/training/features/examples.ts'

test('Images are spread over the folds, all examples of one image in one, however many there are', () => {
  const images = 150_000
  const mirrored = Int32Array.from({ length: 2 * images }, (_, row) => row % images)
  const foldOf = foldOfImages(mirrored, 4, random(1))
  const sizes = [0, 0, 0, 0]
  let together = 0
  for (let row = 0; row < images; row++) {
    sizes[foldOf(row)]!++
    if (foldOf(row) === foldOf(row + images)) together++
  }
  expect(sizes).toEqual([37_500, 37_500, 37_500, 37_500])
  expect(together).toBe(images)
})
