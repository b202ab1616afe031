import { describe, expect, it } from 'vitest'
import * as format from '../../renderer/logic/format.ts'

describe('numbers for people', () => {
  it('have one decimal in percentages, and a dash where there is none', () => {
    expect(format.percent(0.1234)).toBe('12.3%')
    expect(format.percent(null)).toBe('–')
    expect(format.points(0.0123)).toBe('+1.2')
    expect(format.points(-0.0123)).toBe('−1.2')
    expect(format.points(0.0001)).toBe('0.0')
  })

  it('have their units', () => {
    expect(format.bytes(3_214_000_000)).toBe('3.2 GB')
    expect(format.bytes(87_000_000)).toBe('87 MB')
    expect(format.bytes(12)).toBe('12 bytes')
    expect(format.large(138_357_544)).toBe('138 million')
    expect(format.large(15_470_000_000)).toBe('15.5 billion')
    expect(format.large(912_330)).toBe('912,330')
  })

  it('say times as one would', () => {
    expect(format.duration(8.4)).toBe('8 s')
    expect(format.duration(125)).toBe('2 min 5 s')
    expect(format.duration(3600 * 26)).toBe('1 day 2 h')
    expect(format.roughly(240)).toBe('4 min')
    expect(format.roughly(9000)).toBe('2.5 h')
    expect(format.roughly(0.2)).toBe('under 1 s')
    expect(format.since('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:05:00Z'))).toBe('5 min ago')
  })

  it('keep small losses and rates readable', () => {
    expect(format.loss(2.3026)).toBe('2.303')
    const large = [9.9999, 23.026, 99.999, 230.26, 2302.6, 23026, 9.133e32, Infinity]
    const said = ['10.00', '23.03', '100.0', '230.3', '2303', '2.30e4', '9.13e32', '∞']
    expect(large.map((value) => format.loss(value))).toEqual(said)
    expect(format.loss(0.00002)).toBe('2.0e-5')
    expect(format.rate(0.02)).toBe('0.02')
    expect(format.rate(0.00001)).toBe('1e-5')
    expect(format.rate(0.0000121)).toBe('1.2e-5')
  })

  it('show settings as words', () => {
    expect(format.setting(true)).toBe('on')
    expect(format.setting(null)).toBe('–')
    expect(format.setting(0.005)).toBe('0.005')
    expect(format.setting('he')).toBe('he')
    expect(format.rangeOr({ min: 256, max: 512 })).toBe('256–512')
    expect(format.rangeOr({ min: 256, max: 256 })).toBe('256')
    expect(format.rangeOr('auto')).toBe('auto')
  })
})
