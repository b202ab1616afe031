import { InvalidArgumentError } from 'commander'
import { expect, test } from 'vitest'
import {
  collect,
  dropoutRate,
  fraction,
  microBatch,
  names,
  positive,
  scale,
  scales,
  split,
  whole,
} from '../../core/cli/options.ts'

test('what options say is understood', () => {
  expect(whole(1)('12')).toBe(12)
  expect(fraction('0')).toBe(0)
  expect(positive('1e-3')).toBe(0.001)
  expect(dropoutRate('0')).toBe(0)
  expect(scale('256')).toEqual({ min: 256, max: 256 })
  expect(scale('256-512')).toEqual({ min: 256, max: 512 })
  expect(scales('384, 256')).toEqual([384, 256])
  expect([split('test'), split('val')]).toEqual(['test', 'validation'])
  expect(microBatch('auto')).toBe('auto')
  expect(microBatch('8')).toBe(8)
  expect(names('features, classifier.0')).toEqual(['features', 'classifier.0'])
  expect(collect('b', collect('a'))).toEqual(['a', 'b'])
})

test.each<[string, (text: string) => unknown, string]>([
  ['whole', whole(1, 10), '0'],
  ['whole', whole(1, 10), '11'],
  ['whole', whole(0), '1.5'],
  ['whole', whole(0), ''],
  ['whole', whole(0), '-1'],
  ['whole', whole(0), '1e3'],
  ['fraction', fraction, '1'],
  ['fraction', fraction, ''],
  ['fraction', fraction, 'half'],
  ['positive', positive, '0'],
  ['positive', positive, 'Infinity'],
  ['dropoutRate', dropoutRate, '1'],
  ['scale', scale, '512-256'],
  ['scale', scale, '256-'],
  ['scale', scale, 'big'],
  ['scales', scales, '256,'],
  ['microBatch', microBatch, '0'],
  ['names', names, 'a,,b'],
  ['split', split, 'exam'],
])('%s refuses %s%j', (_, parse, text) => {
  expect(() => parse(text)).toThrow(InvalidArgumentError)
})
