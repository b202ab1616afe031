import { describe, expect, test } from 'vitest'
import { StudioError } from '../../core/base/errors.ts'
import { checkProtocol, describeProtocol, parseProtocol } from '../../core/evaluation/protocol.ts'
import { cropPlan } from '../../core/evaluation/views.ts'
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
    const network: Network = {
      name: 'none',
      title: 'None',
      input: [3, 64, 64],
      classes: 2,
      layers: [],
      outputs: [],
    }
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

describe('its plan', () => {
  test('looks at one dense view and its mirror image per scale, of equal weight', () => {
    const protocol = parseProtocol({ views: 'dense', scales: [256, 384] }, jittered)
    const { renditions, views } = cropPlan(protocol)
    expect(renditions).toEqual([
      { mode: 'crop', scale: 256 },
      { mode: 'crop', scale: 384 },
    ])
    expect(views).toEqual(
      [0, 1].flatMap((rendition) =>
        [false, true].map((mirror) => ({ form: 'dense', window: null, rendition, mirror, weight: 0.25 })),
      ),
    )
  })

  test('of center views uses the plain network on crops', () => {
    const { renditions, views } = cropPlan(parseProtocol({}, jittered))
    expect(renditions).toEqual([{ mode: 'crop', scale: 384 }])
    expect(views).toEqual([
      { form: 'plain', rendition: 0, window: { x: 0.5, y: 0.5 }, mirror: false, weight: 1 },
    ])
  })
})

describe('its test scales', () => {
  const fixed = (crop: number, scale: number) =>
    ({ crop, scale: { min: scale, max: scale }, mode: 'crop' }) as const
  const scalesOf = (asked: object, on: Parameters<typeof parseProtocol>[1]) => parseProtocol(asked, on).scales

  test('follow a fixed training scale by 32 pixels in 224, in proportion for other crops', () => {
    expect(scalesOf({ scales: 'multi' }, fixed(224, 256))).toEqual([224, 256, 288])
    expect(scalesOf({ scales: 'multi' }, fixed(64, 80))).toEqual([71, 80, 89])
    expect(scalesOf({ scales: 'single' }, fixed(64, 80))).toEqual([80])
  })

  test('follow a jittered training scale by its ends and its middle', () => {
    expect(scalesOf({ scales: 'multi' }, jittered)).toEqual([256, 384, 512])
    expect(
      scalesOf({ views: 'dense', scales: 'multi' }, { ...fixed(64, 72), scale: { min: 72, max: 96 } }),
    ).toEqual([72, 84, 96])
  })

  test('are GoogLeNet’s four for its views, in proportion', () => {
    expect(scalesOf({ views: '144' }, jittered)).toEqual([256, 288, 320, 352])
    expect(scalesOf({ views: '144' }, fixed(56, 64))).toEqual([64, 72, 80, 88])
  })

  test('below the crop are refused: the training scale leaves no room', () => {
    const error = refusal(() => parseProtocol({ scales: 'multi' }, fixed(28, 28)))
    expect(error.message).toMatch(/scales\.0: 24 pixels is less than the crop, 28/)
  })
})
