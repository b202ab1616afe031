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
      [d, 1, 1797, 1797, 3668],
      [d, 4, 1799, 1799, 3926],
      [d, 8, 2091, 2148, 4268],
      [d, 16, 2791, 2851, 5014],
      [a, 8, 1744, 1744, 3737],
      [a64, 32, 686, 725, 1335],
      [a64, 8, 614, 645, 1214],
      [normalizedA, 32, 725, 763, 970],
      [normalizedD, 16, 1601, 1646, 2104],
    ],
  ],
  [
    'tensorflow',
    'fp32',
    [
      [d, 1, 2769, 2848, 3949],
      [d, 4, 3041, 3137, 4234],
      [d, 16, 3577, 3922, 5022],
      [a, 8, 3143, 3144, 4206],
      [a64, 32, 1132, 1211, 1529],
      [a64, 8, 1104, 1126, 1431],
      [normalizedA, 32, 825, 848, 933],
      [normalizedD, 16, 1439, 1519, 1690],
    ],
  ],
  [
    'tensorflow',
    'bf16',
    [
      [d, 1, 2990, 3415, 4559],
      [d, 4, 3314, 3461, 4567],
      [d, 16, 3755, 4070, 5162],
      [a, 8, 3081, 3498, 4601],
      [a64, 32, 1119, 1253, 1559],
      [a64, 8, 1114, 1242, 1549],
      [normalizedA, 32, 745, 765, 858],
      [normalizedD, 16, 1135, 1196, 1355],
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
