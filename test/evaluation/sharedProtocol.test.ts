import { expect, test } from 'vitest'
import { isShared, shareable } from '../../core/evaluation/sharedProtocol.ts'
import type { Protocol } from '../../core/evaluation/types.ts'

const usual: Protocol = { views: 'dense', scales: [256], flips: true, crop: 224, mode: 'crop' }

test('a protocol is shared where views, scales and flips are the same, whatever the networks take', () => {
  const padded: Protocol = { ...usual, crop: 128, mode: 'pad' }
  expect(isShared([usual, padded])).toBe(true)
  expect(isShared([usual])).toBe(true)
  const others: readonly Partial<Protocol>[] = [{ views: 'center' }, { scales: [256, 384] }, { flips: false }]
  for (const other of others) expect(isShared([usual, usual, { ...usual, ...other }])).toBe(false)
})

test('all networks can be evaluated by the protocol of the one with the largest crop', () => {
  const small: Protocol = { ...usual, crop: 64, scales: [73] }
  expect(shareable([small, usual, usual])).toBe(1)
})
