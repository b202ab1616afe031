import { expect, test } from 'vitest'
import { costOf } from '../../core/evaluation/cost.ts'
import { missingForm } from '../../core/evaluation/forms.ts'
import { interleaved } from '../../core/evaluation/order.ts'
import { outlinesOf } from '../../core/evaluation/outlines.ts'
import { parseProtocol } from '../../core/evaluation/protocol.ts'
import { cropPlan } from '../../core/evaluation/views.ts'
import { buildNetwork, networkSpec } from '../../core/network/architectures/index.ts'
import { describe } from '../../core/network/cost.ts'

const trainedOn = { crop: 64, scale: { min: 80, max: 80 }, mode: 'crop' } as const
const network = buildNetwork({ ...networkSpec({ config: 'A', fcWidth: 64 }), crop: 64, classes: 4 })
const planOf = (asked: object) => cropPlan(parseProtocol(asked, trainedOn))

test('crops cost what the network costs, each of them', () => {
  const { multiplyAdds } = describe(network)
  const grid = costOf(network, planOf({ views: 'grid', scales: 'multi' }))({ width: 300, height: 200 })
  expect(grid).toEqual({ crops: 150, passes: 0, multiplyAdds: 150 * multiplyAdds })
})

test('dense passes cost by the size of the image, and on one of the crop’s size as much as a crop', () => {
  const { multiplyAdds } = describe(network)
  const dense = costOf(network, planOf({ views: 'dense', scales: [64] }))
  expect(dense({ width: 64, height: 64 })).toEqual({ crops: 0, passes: 2, multiplyAdds: 2 * multiplyAdds })
  const double = dense({ width: 128, height: 64 })
  expect(double.passes).toBe(2)
  const [first, ...fullyConnected] = describe(network).layers.filter(({ kind }) => kind === 'linear')
  const positions = 3 // 4×2 positions of the last map, seen through 2×2.
  const linear = [first!, ...fullyConnected].reduce((sum, layer) => sum + layer.multiplyAdds, 0)
  expect(double.multiplyAdds).toBe(2 * (2 * (multiplyAdds - linear) + positions * linear))
})

test('what is drawn of a protocol is where its crops lie on the original', () => {
  const ten = outlinesOf(planOf({ views: 'ten' }), { width: 160, height: 80 })
  expect(ten).toHaveLength(5)
  expect(ten[0]).toEqual({ form: 'plain', scale: 80, left: 0, top: 0, width: 0.4, height: 0.8 })
  expect(ten[4]).toMatchObject({ left: 0.3, top: 0.1 })
  const [dense] = outlinesOf(planOf({ views: 'dense' }), { width: 160, height: 80 })
  expect(dense).toMatchObject({ left: 0, top: 0, width: 1, height: 1 })
  const padded = outlinesOf(planOf({ views: 'center', mode: 'pad' }), { width: 160, height: 80 })
  // 80×40 in the middle of 80×80, seen through 64×64.
  expect(padded[0]).toMatchObject({ left: 0.1, width: 0.8, top: -0.3, height: 1.6 })
  const squares = outlinesOf(planOf({ views: '144' }), { width: 160, height: 80 }).filter(
    ({ scale }) => scale === 73,
  )
  const whole = squares.filter(({ height }) => height === 1)
  expect(whole.map(({ left }) => left)).toEqual([0, 36 / 146, 73 / 146])
})

test('an order of images spreads any first part over all of them, each once', () => {
  const order = [...interleaved(1000)]
  expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, item) => item))
  const first = order.slice(0, 125)
  for (let part = 0; part < 10; part++) {
    const inside = first.filter((item) => Math.floor(item / 100) === part).length
    expect(inside).toBeGreaterThan(8)
    expect(inside).toBeLessThan(17)
  }
})

test('whether a family has a dense form is said: VGG and AlexNet have both', () => {
  for (const config of ['A-LRN', 'D', 'alexnet'] as const) {
    const spec = networkSpec({ config, fcWidth: 16 })
    const built = buildNetwork({ ...spec, crop: config === 'alexnet' ? 227 : 64, classes: 3 })
    expect(missingForm(built, 'dense'), config).toBeNull()
    expect(missingForm(built, 'dense-offsets'), config).toBeNull()
  }
  const flat = { ...network, layers: network.layers.filter(({ kind }) => kind !== 'maxPool') }
  expect(missingForm(flat, 'dense-offsets')).toMatchObject({ code: 'invalid-protocol' })
  expect(missingForm(flat, 'grid')).toBeNull()
})
