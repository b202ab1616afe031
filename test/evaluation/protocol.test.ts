import { describe, expect, test } from 'vitest'
import { StudioError } from '../../core/base/errors.ts'
import { checkProtocol, describeProtocol, parseProtocol, passes } from '../../core/evaluation/protocol.ts'
import type { Network } from '../../core/network/types.ts'

const jittered = { crop: 224, scale: { min: 256, max: 512 }, mode: 'crop' } as const

function refusal(act: () => unknown): StudioError {
  try {
    act()
  } catch (error) {
    if (error instanceof StudioError) return error
    throw error
  }
  throw new Error('was not refused')
}

describe('a protocol', () => {
  test('is the center crop at the middle of the training scales, unless asked otherwise', () => {
    expect(parseProtocol({}, jittered)).toEqual({
      views: 'center',
      scales: [384],
      flips: false,
      crop: 224,
      mode: 'crop',
    })
  })

  test('that is dense averages with the flipped image, as the paper does', () => {
    expect(parseProtocol({ views: 'dense' }, jittered).flips).toBe(true)
    expect(parseProtocol({ views: 'dense', flips: false }, jittered).flips).toBe(false)
  })

  test('sorts its scales and drops repeated ones', () => {
    expect(parseProtocol({ scales: [512, 256, 512] }, jittered).scales).toEqual([256, 512])
  })

  test('keeps the resize mode that the network was trained with', () => {
    expect(parseProtocol({}, { ...jittered, mode: 'pad' }).mode).toBe('pad')
  })

  test.each([
    [{ scales: [384, 200] }, /scales\.0: 200 pixels is less than the crop, 224/],
    [{ views: 'dense', scales: [223] }, /scales\.0: 223 pixels is less than the input/],
    [{ views: 'corner' }, /views/],
    [{ scales: [] }, /scales/],
    [{ scales: [256.5] }, /scales\.0/],
    [{ scales: ['256'] }, /scales\.0/],
    [{ scale: 256 }, /scale/],
    [null, /not valid/],
  ])('%j is refused with the field and the reason', (asked, message) => {
    const error = refusal(() => parseProtocol(asked, jittered))
    expect(error.code).toBe('invalid-protocol')
    expect(error.message).toMatch(message)
    expect(error.hint).toBeDefined()
  })

  test('for another crop than the network’s is refused', () => {
    const network: Network = { name: 'none', input: [3, 64, 64], classes: 2, layers: [], outputs: [] }
    const error = refusal(() => checkProtocol(parseProtocol({}, jittered), network))
    expect(error.message).toMatch(/crop: 224, but the network was built for 64×64/)
  })
})

describe('its line for people', () => {
  test.each([
    [{ views: 'dense', scales: [256, 384] }, 'Dense, scales 256 384, flipped'],
    [{}, 'Center crop 224, scale 384'],
    [{ flips: true, mode: 'pad' }, 'Center crop 224 of the padded image, scale 384, flipped'],
    [{ mode: 'squash', scales: [224] }, 'Center crop 224 of the squashed image, scale 224'],
  ])('of %j is “%s”', (asked, line) => {
    expect(describeProtocol(parseProtocol(asked, jittered))).toBe(line)
  })
})

describe('its passes', () => {
  test('are one per scale, of equal weight', () => {
    const protocol = parseProtocol({ views: 'dense', scales: [256, 384] }, jittered)
    expect(passes(protocol)).toEqual([
      { form: 'dense', view: { kind: 'whole', scale: 256 }, flips: true, weight: 0.5 },
      { form: 'dense', view: { kind: 'whole', scale: 384 }, flips: true, weight: 0.5 },
    ])
  })

  test('of center views use the plain network on crops', () => {
    expect(passes(parseProtocol({}, jittered))).toEqual([
      {
        form: 'plain',
        view: { kind: 'center', scale: 384, crop: 224, mode: 'crop' },
        flips: false,
        weight: 1,
      },
    ])
  })
})
