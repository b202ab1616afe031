import { expect, test } from 'vitest'
import { secondsFor } from '../../core/server/results/protocols.ts'

test('how long an image takes is told by what was seen, and else by the device’s speed', () => {
  expect(secondsFor(100, [], null)).toBeNull()
  expect(secondsFor(100, [], 50)).toBe(2)
  const center = { multiplyAdds: 10, seconds: 1.2 }
  // Most of it was decoding: more work takes longer only by its own share.
  expect(secondsFor(110, [center], 50)).toBeCloseTo(3.2)
  expect(secondsFor(20, [center], null)).toBeCloseTo(2.4)
  const dense = { multiplyAdds: 60, seconds: 2.2 }
  expect(secondsFor(110, [center, dense], 1)).toBeCloseTo(3.2)
  expect(secondsFor(10, [center, dense], 1)).toBeCloseTo(1.2)
})
