import { describe, expect, test } from 'vitest'
import { findEngine } from '../../core/engine/index.ts'
import type { EngineName, Precision } from '../../core/engine/types.ts'
import type { VggOptions } from '../../core/network/types.ts'
import { buildVgg, vggDefaults } from '../../core/network/vgg.ts'

type Choice = Partial<VggOptions> & Pick<VggOptions, 'config' | 'crop'>
/** Network, images at once, and MB: of steps, of steps with several micro-batches, at an epoch's end. */
type Measured = readonly [Choice, number, number, number, number]

const small = { batchNorm: true, fcWidth: 512, classes: 10 }
const d = { config: 'D', crop: 224 } as const
const a = { config: 'A', crop: 224 } as const
const a64 = { config: 'A', crop: 64 } as const
const normalizedA = { config: 'A', crop: 64, ...small } as const
const normalizedD = { config: 'D', crop: 128, ...small } as const

/** What test/reference/trainingMemory.ts measured (VmHWM). */
const measured: readonly (readonly [EngineName, Precision, readonly Measured[]])[] = [
  [
    'onnxruntime',
    'fp32',
    [
      [d, 1, 1817, 1876, 4104],
      [d, 4, 2141, 2199, 4456],
      [d, 8, 2590, 2642, 4903],
      [d, 16, 3496, 3558, 5858],
      [d, 32, 5577, 5635, 8412],
      [a, 8, 1946, 1976, 4114],
      [a64, 32, 888, 932, 1696],
      [a64, 8, 741, 778, 1505],
      [normalizedA, 32, 778, 815, 1227],
      [normalizedD, 16, 1854, 1913, 2659],
    ],
  ],
  [
    'tensorflow',
    'fp32',
    [
      [d, 1, 2799, 2809, 3905],
      [d, 4, 2896, 2897, 3998],
      [d, 16, 3286, 3371, 4484],
      [d, 32, 4978, 5257, 6432],
      [a, 8, 3027, 3029, 4075],
      [a64, 32, 1053, 1071, 1423],
      [a64, 8, 1080, 1097, 1401],
      [normalizedA, 32, 815, 834, 919],
      [normalizedD, 16, 1424, 1494, 1664],
    ],
  ],
  [
    'tensorflow',
    'bf16',
    [
      [d, 1, 2887, 2892, 4175],
      [d, 4, 3040, 3067, 4199],
      [d, 16, 3127, 3127, 4230],
      [d, 32, 3608, 3625, 4728],
      [a, 8, 3049, 3066, 4184],
      [a64, 32, 1094, 1184, 1485],
      [a64, 8, 1102, 1113, 1418],
      [normalizedA, 32, 736, 788, 874],
      [normalizedD, 16, 1093, 1183, 1341],
    ],
  ],
]

describe.each(measured)('What training takes with %s in %s', (name, precision, cases) => {
  test.each(cases)('is estimated to 15%%: %o, %i images', (choice, images, step, accumulating, epochEnd) => {
    const network = buildVgg({ ...vggDefaults, classes: 1000, ...choice })
    const engine = findEngine(name)
    const off = (estimate: number, megabytes: number) => Math.abs(estimate / (1e6 * megabytes) - 1)
    expect(off(engine.memory(network, images, { precision }).step, step)).toBeLessThan(0.15)
    const parts = engine.memory(network, images, { precision, accumulates: true })
    expect(off(parts.step, accumulating)).toBeLessThan(0.15)
    expect(off(parts.total, epochEnd)).toBeLessThan(0.15)
  })
})

test('The parts of an estimate are all of it', () => {
  const network = buildVgg({ ...vggDefaults, classes: 10, config: 'A', crop: 64 })
  for (const name of ['onnxruntime', 'tensorflow'] as const) {
    for (const device of ['cpu', 'webgpu', 'cuda:0']) {
      const memory = findEngine(name).memory(network, 8, { device })
      const { parameters, gradients, momentum, activations, workspace, epochEnd, step, total } = memory
      expect(step).toBe(parameters + gradients + momentum + activations + workspace)
      expect(total).toBe(step + epochEnd)
      expect(workspace).toBeGreaterThan(0)
    }
  }
})
