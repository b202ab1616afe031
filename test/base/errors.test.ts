import { expect, test } from 'vitest'
import { isOutOfMemory, reportOf, StudioError } from '../../core/base/errors.ts'
import { english } from '../../core/messages/en/index.ts'

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('It did not throw.')
}

/** As V8 and Node word it. */
const exhausted = [
  'WebAssembly.Memory(): could not allocate memory',
  'WebAssembly.Memory.grow(): Unable to grow instance memory',
  'Array buffer allocation failed',
  'Failed to allocate memory',
]

test.each(exhausted)('Memory ran out where JavaScript gets none: %s', (message) => {
  const error = new RangeError(message)
  expect(isOutOfMemory(error)).toBe(true)
  expect(reportOf(error, english)).toMatchObject({
    code: 'out-of-memory',
    message: `Memory ran out (${message}).`,
    hint: expect.stringContaining('smaller micro-batch'),
  })
})

test('Memory ran out where the machine refuses a quadrillion bytes, shared or not', () => {
  expect(isOutOfMemory(thrownBy(() => new ArrayBuffer(2 ** 50)))).toBe(true)
  expect(isOutOfMemory(thrownBy(() => new SharedArrayBuffer(2 ** 50)))).toBe(true)
})

test('Memory ran out where an engine says so, in the engine’s words', () => {
  const error = new StudioError({ code: 'out-of-memory', message: 'The GPU is full.' })
  expect(isOutOfMemory(error)).toBe(true)
  expect(reportOf(error, english)).toEqual({ code: 'out-of-memory', message: 'The GPU is full.' })
})

test('A length that is no length is a bug, and other errors are what they are', () => {
  const lengths = [thrownBy(() => new Array(-1)), thrownBy(() => new Float32Array(-1))]
  for (const error of [...lengths, new Error('Array buffer allocation failed'), 'allocation failed']) {
    expect(isOutOfMemory(error)).toBe(false)
    expect(reportOf(error, english).code).toBe('unexpected')
  }
  expect(isOutOfMemory(new StudioError({ code: 'disk-full', message: 'There is no space left.' }))).toBe(
    false,
  )
})
