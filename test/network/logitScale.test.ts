import { expect, test } from 'vitest'
import { buildNetwork } from '../../core/network/architectures/index.ts'
import { withTemperature } from '../../core/network/logitScale.ts'

test('the temperature divides weight and bias of the last layer, and nothing else', () => {
  const network = buildNetwork({
    config: 'A',
    crop: 32,
    classes: 3,
    fcWidth: 8,
    widthMultiplier: 0.1,
  } as never)
  const tensor = (value: number) => ({ shape: [2], data: Float32Array.of(value, value) })
  const weights = new Map([
    ['classifier.3.weight', tensor(4)],
    ['classifier.6.weight', tensor(4)],
    ['classifier.6.bias', tensor(2)],
  ])
  const scaled = withTemperature(network, weights, 2)
  expect([...scaled].map(([name, { data }]) => [name, data[0]])).toEqual([
    ['classifier.3.weight', 4],
    ['classifier.6.weight', 2],
    ['classifier.6.bias', 1],
  ])
  expect(weights.get('classifier.6.bias')!.data[0]).toBe(2)
})
