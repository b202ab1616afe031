import { describe, expect, test } from 'vitest'
import { parityText } from '../../core/messages/en/words.ts'
import { compareLogits } from '../../core/weights/parity.ts'

const tensor = (rows: readonly (readonly number[])[]) => ({
  shape: [rows.length, rows[0]?.length ?? 0],
  data: Float32Array.from(rows.flat()),
})
const source = tensor([
  [10, 0, -20],
  [0, 5, 1],
])

describe('parity', () => {
  test('passes where rounding is the only difference', () => {
    const parity = compareLogits(
      source,
      tensor([
        [10, 0, -20],
        [0, 5.001, 1],
      ]),
      'samples',
    )
    expect(parity).toMatchObject({ images: 2, source: 'samples', sameTop1: 2, passed: true })
    expect(parity.maxDifference).toBeCloseTo(1e-3, 6)
    expect(parity.meanDifference).toBeCloseTo(1e-3 / 6, 6)
    expect(parity.tolerance).toBeCloseTo(0.02, 9)
  })

  test('fails where a logit is off by more than a thousandth of the largest', () => {
    const other = tensor([
      [10, 0.03, -20],
      [0, 5, 1],
    ])
    expect(compareLogits(source, other, 'samples')).toMatchObject({ sameTop1: 2, passed: false })
  })

  test('counts the images for which both put the same class first', () => {
    const other = tensor([
      [10, 0, -20],
      [6, 5, 1],
    ])
    expect(compareLogits(source, other, 'samples')).toMatchObject({ sameTop1: 1, passed: false })
  })

  test.each([
    ['a difference that is not a number', tensor([[NaN, 0, -20], [0, 5, 1]])], // prettier-ignore
    ['an infinite logit', tensor([[Infinity, 0, -20], [0, 5, 1]])], // prettier-ignore
    ['fewer images', tensor([[10, 0, -20]])],
  ])('fails for %s', (_, other) => {
    expect(compareLogits(source, other, 'samples').passed).toBe(false)
  })

  test('fails where the source itself gives no numbers', () => {
    const broken = tensor([[NaN, NaN, NaN]])
    expect(compareLogits(broken, broken, 'noise').passed).toBe(false)
  })

  test('fails without images', () => {
    const none = { shape: [0, 3], data: new Float32Array() }
    expect(compareLogits(none, none, 'samples').passed).toBe(false)
  })

  test('is described with its largest difference and its tolerance', () => {
    expect(parityText(compareLogits(source, source, 'samples'))).toBe(
      'largest difference 0.0e+0 over 2 images (tolerance 2.0e-2), same class first for 2 of 2',
    )
  })
})
