import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describe } from '../../core/network/cost.ts'
import { describedNetworks } from './describedNetworks.ts'

interface Figures {
  readonly shape: readonly number[]
  readonly parameters: number
  readonly multiplyAdds: number
  /** Receptive field of maps whose middle does not see the image's border. */
  readonly receptiveField?: number
  readonly receptiveStride?: number
}

/** What PyTorch says (test/reference/layers.py). */
const references = JSON.parse(
  readFileSync(new URL('../fixtures/layers.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Readonly<Record<string, Figures>>>>

test.each(Object.entries(describedNetworks()))('Each layer of %s is as PyTorch says', (name, network) => {
  const expected = references[name]!
  expect(Object.keys(expected)).toEqual(network.layers.map((layer) => layer.name))
  for (const layer of describe(network).layers) {
    const { shape, ...figures } = expected[layer.name]!
    expect(layer, layer.name).toMatchObject({ ...figures, outputShape: shape })
  }
})

test('Every kind of layer is among them, and receptive fields of every kind that has a map', () => {
  const { everyKind } = describedNetworks()
  const kinds = new Set(describe(everyKind!).layers.map(({ kind }) => kind))
  expect([...kinds].sort()).toEqual([
    ...[
      'adaptiveAveragePool',
      'add',
      'averagePool',
      'batchNorm',
      'concat',
      'convolution',
      'dropout',
      'flatten',
    ],
    ...['globalAveragePool', 'linear', 'localResponseNorm', 'maxPool', 'relu', 'scaleChannels', 'sigmoid'],
  ])
  const seen = Object.values(references.everyKind!).filter(
    ({ receptiveField }) => receptiveField !== undefined,
  )
  expect(seen.length).toBeGreaterThan(10)
})
