import { expect, it } from 'vitest'
import { digestOf, referenceOf, shrunkNetworks, worstByDigest } from './architectures.ts'
import { tolerance } from './conformance.ts'

const tensor = (factor: number) => ({
  shape: [400],
  data: Float32Array.from({ length: 400 }, (_, index) => factor * Math.sin(index)),
})

it('tells by digests which tensor is off by a thousandth, about', () => {
  const expected = { same: digestOf(tensor(1)), off: digestOf(tensor(2)) }
  const { name, error } = worstByDigest(
    new Map([
      ['same', tensor(1)],
      ['off', tensor(2.002)],
    ]),
    expected,
  )
  expect(name).toBe('off')
  expect(error).toBeGreaterThan(2e-4)
  expect(error).toBeLessThan(5e-3)
  expect(worstByDigest(new Map(), expected).error).toBe(Infinity)
})

it('is asked for no more than PyTorch itself does in 32-bit floats', () => {
  for (const name of Object.keys(shrunkNetworks()))
    expect(referenceOf(name).rounding, name).toBeLessThan(0.6 * tolerance)
})

it('says what to run where an architecture has no reference', () => {
  expect(() => referenceOf('another')).toThrow('lacks another: run test/reference/architectures.py')
})
