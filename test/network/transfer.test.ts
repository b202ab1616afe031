import { describe, expect, test } from 'vitest'
import { vgg as vggEntry } from '../../core/network/architectures/vgg.ts'
import { initialize } from '../../core/network/initialize.ts'
import { transfer, type TransferMode } from '../../core/network/transfer.ts'
import type { Network } from '../../core/network/types.ts'
import { residual, vgg } from './examples.ts'
import type { VggOptions } from './build.ts'

const tiny = { crop: 32, classes: 4, fcWidth: 8, widthMultiplier: 0.1 }
const small = (options: Partial<VggOptions> & Pick<VggOptions, 'config'>): Network =>
  vgg({ ...tiny, ...options })

function carry(from: Network, to: Network, mode: TransferMode) {
  const source = { network: from, weights: initialize(from, 'he', 1) }
  const initialized = initialize(to, 'he', 2)
  return {
    source,
    initialized,
    ...transfer(to, initialized, source, mode === 'staged' ? vggEntry.staged! : mode),
  }
}

const labels = (network: Network, copied: readonly string[]): string[] => {
  const label = new Map(network.layers.map((layer) => [layer.name, layer.label]))
  return copied
    .filter((name) => name.endsWith('.weight'))
    .map((name) => label.get(name.slice(0, name.lastIndexOf('.')))!)
}

describe('staged transfer', () => {
  test.each(['B', 'C', 'D', 'E'] as const)(
    '%s gets A’s first four convolutions in their groups, and its FC layers',
    (config) => {
      const to = small({ config })
      const { copied } = carry(small({ config: 'A' }), to, 'staged')
      expect(labels(to, copied)).toEqual(['conv1-1', 'conv2-1', 'conv3-1', 'conv3-2', 'fc6', 'fc7', 'fc8'])
      expect(copied).toHaveLength(14)
    },
  )

  test('copies by role where names differ, and leaves the rest initialized', () => {
    const { source, initialized, weights } = carry(small({ config: 'A' }), small({ config: 'D' }), 'staged')
    expect(weights.get('features.5.weight')).toBe(source.weights.get('features.3.weight'))
    expect(weights.get('features.10.bias')).toBe(source.weights.get('features.6.bias'))
    expect(weights.get('features.12.weight')).toBe(source.weights.get('features.8.weight'))
    expect(weights.get('classifier.6.weight')).toBe(source.weights.get('classifier.6.weight'))
    expect(weights.get('features.2.weight')).toBe(initialized.get('features.2.weight'))
    expect(weights.get('features.17.weight')).toBe(initialized.get('features.17.weight'))
    expect([...weights.keys()]).toEqual([...initialized.keys()])
  })

  test('copies the batch normalization of the four convolutions with its statistics', () => {
    const to = small({ config: 'D', batchNorm: true })
    const { copied } = carry(small({ config: 'A', batchNorm: true }), to, 'staged')
    expect(labels(to, copied)).toEqual(
      ['1-1', '2-1', '3-1', '3-2'].flatMap((at) => [`conv${at}`, `bn${at}`]).concat('fc6', 'fc7', 'fc8'),
    )
    expect(copied.filter((name) => name.endsWith('running_var'))).toHaveLength(4)
  })

  test('copies from a plain network into a batch-normalized one', () => {
    const to = small({ config: 'D', batchNorm: true })
    const { copied } = carry(small({ config: 'A-LRN' }), to, 'staged')
    expect(labels(to, copied)).toEqual(['conv1-1', 'conv2-1', 'conv3-1', 'conv3-2', 'fc6', 'fc7', 'fc8'])
  })

  test('leaves fc8 initialized for other classes, fc6 for another crop, the kernels of 5×5', () => {
    const to = small({ config: 'B-5x5', classes: 7, crop: 64 })
    const { copied } = carry(small({ config: 'A' }), to, 'staged')
    expect(labels(to, copied)).toEqual(['fc7'])
    expect(copied).toEqual(['classifier.3.weight', 'classifier.3.bias'])
  })
})

describe('matching transfer', () => {
  test('copies everything between networks of one kind, LRN or not', () => {
    for (const config of ['A', 'A-LRN'] as const) {
      const { source, weights, copied } = carry(small({ config: 'A' }), small({ config }), 'matching')
      expect(copied).toEqual([...source.weights.keys()])
      expect(weights).toEqual(source.weights)
    }
  })

  test('leaves out what has another shape', () => {
    const { copied, initialized } = carry(
      small({ config: 'D' }),
      small({ config: 'D', classes: 9 }),
      'matching',
    )
    const left = [...initialized.keys()].filter((name) => !copied.includes(name))
    expect(left).toEqual(['classifier.6.weight', 'classifier.6.bias'])
  })
})

test('a transfer that fits nowhere is refused', () => {
  for (const mode of ['staged', 'matching'] as const) {
    expect(() => carry(residual, small({ config: 'A', fcWidth: 7, widthMultiplier: 0.07 }), mode)).toThrow(
      expect.objectContaining({ code: 'nothing-to-transfer' }),
    )
  }
})
