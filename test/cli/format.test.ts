import { expect, test } from 'vitest'
import {
  bytes,
  count,
  counted,
  decimal,
  duration,
  loss,
  percent,
  rate,
  setting,
} from '../../core/cli/format.ts'

test('numbers are grouped, and nouns agree with them', () => {
  expect(count(1234567)).toBe('1,234,567')
  expect(decimal(1234.56)).toBe('1,234.6')
  expect(counted(1, 'image')).toBe('1 image')
  expect(counted(0, 'class', 'classes')).toBe('0 classes')
})

test('fractions are percentages with one decimal, and n/a where there is none', () => {
  expect([percent(0.12345), percent(1), percent(0), percent(null)]).toEqual([
    '12.3%',
    '100.0%',
    '0.0%',
    'n/a',
  ])
})

test('small losses and rates keep their digits', () => {
  expect([loss(2.302585), loss(0), loss(0.00012), loss(2318665801386.67)]).toEqual([
    '2.303',
    '0.000',
    '1.2e-4',
    '2.3e+12',
  ])
  expect([rate(0.01), rate(0.0333333), rate(1e-5), rate(0)]).toEqual(['0.01', '0.0333', '1e-5', '0'])
})

test('sizes are in powers of 1000 with their unit', () => {
  expect([bytes(0), bytes(999), bytes(1000), bytes(12_345_678), bytes(2.5e9)]).toEqual([
    '0 bytes',
    '999 bytes',
    '1.00 kB',
    '12.3 MB',
    '2.50 GB',
  ])
})

test('durations have at most two units', () => {
  expect([0, 8.4, 59.6, 60, 125, 3600, 12_000].map(duration)).toEqual([
    '0 s',
    '8 s',
    '1 min',
    '1 min',
    '2 min 5 s',
    '1 h',
    '3 h 20 min',
  ])
})

test('settings are shown as a person would write them', () => {
  expect([setting('auto'), setting(null), setting([]), setting(0.5)]).toEqual(['auto', 'none', 'none', '0.5'])
  expect([setting({ min: 72, max: 96 }), setting({ min: 64, max: 64 })]).toEqual(['72–96', '64'])
  expect(setting({ kind: 'cosine', final: 0, warmup: { epochs: 1 } })).toBe(
    'cosine (final 0, warmup epochs 1)',
  )
})
