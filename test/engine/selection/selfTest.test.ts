import { describe, expect, it } from 'vitest'
import { refusal } from '../../../core/engine/selection/selfTest.ts'
import { say } from '../../say.ts'

describe('a device whose gradients', () => {
  it('are near the CPU’s passes, within the tolerance of its precision', () => {
    expect(refusal(2e-6, 'fp32')).toBeNull()
    expect(refusal(0.3, 'bf16')).toBeNull()
    expect(say(refusal(0.3, 'fp32')!)).toMatch(/differ from the CPU's by 30\.0%/)
  })

  it('are no numbers is refused, also after these went from process to process as null', () => {
    const sent = JSON.parse(JSON.stringify({ difference: NaN })) as { difference: number | null }
    for (const difference of [NaN, Infinity, sent.difference]) {
      expect(say(refusal(difference, 'bf16')!)).toMatch(/not all numbers/)
    }
  })
})
