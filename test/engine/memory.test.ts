import { describe, expect, test } from 'vitest'
import { findEngine } from '../../core/engine/index.ts'
import type { EngineName, Precision } from '../../core/engine/types.ts'
import { buildNetwork, networkSpec, type NetworkInput } from '../../core/network/architectures/index.ts'
import { splitHead } from '../../core/network/split.ts'
import { buildVgg, vggDefaults } from '../network/build.ts'

type Choice = NetworkInput & { readonly crop: number; readonly classes?: number }
/** Network, images at once, and MB: of steps, of steps with several micro-batches, at an epoch's end. */
type Measured = readonly [Choice, number, number, number, number]

const small = { batchNorm: true, fcWidth: 512, classes: 10 }
const d = { config: 'D', crop: 224 } as const
const a = { config: 'A', crop: 224 } as const
const a64 = { config: 'A', crop: 64 } as const
const normalizedA = { config: 'A', crop: 64, ...small } as const
const normalizedD = { config: 'D', crop: 128, ...small } as const
const narrow = { config: 'A', crop: 32, widthMultiplier: 1 / 8, fcWidth: 128, classes: 10 } as const
const b5 = { config: 'B-5x5', crop: 96, fcWidth: 512, classes: 10 } as const
const b5at64 = { config: 'B-5x5', crop: 64 } as const
const c = { config: 'C', crop: 64 } as const
const alexnet = { config: 'alexnet', crop: 227 } as const
const resnet18 = { config: 'resnet18', crop: 64 } as const
const resnet50 = { config: 'resnet50', crop: 224 } as const
const googlenet = { config: 'googlenet', crop: 224 } as const
const normalizedGooglenet = { config: 'googlenet-torchvision', crop: 224 } as const

/** What test/reference/trainingMemory.ts measured (VmHWM). */
const measured: readonly (readonly [EngineName, Precision, readonly Measured[]])[] = [
  [
    'onnxruntime',
    'fp32',
    [
      [d, 1, 1814, 1873, 3991],
      [d, 4, 2141, 2201, 4314],
      [d, 16, 3497, 3561, 5719],
      [d, 32, 5583, 5644, 8346],
      [a, 8, 1945, 1987, 4061],
      [a64, 32, 887, 924, 1508],
      [a64, 8, 742, 781, 1315],
      [normalizedA, 32, 775, 813, 1054],
      [normalizedD, 16, 1856, 1917, 2376],
      [narrow, 64, 171, 172, 184],
      [c, 32, 1025, 1069, 1677],
      [alexnet, 32, 1128, 1146, 2044],
      [resnet50, 4, 1197, 1275, 1684],
      [googlenet, 8, 780, 793, 1017],
      [normalizedGooglenet, 8, 898, 906, 1101],
    ],
  ],
  [
    'tensorflow',
    'fp32',
    [
      [d, 1, 2799, 2809, 3905],
      [d, 4, 2896, 2897, 3998],
      [d, 16, 3286, 3371, 4484],
      [d, 32, 4603, 4800, 5993],
      [a, 8, 3027, 3029, 4075],
      [a64, 32, 1053, 1071, 1423],
      [a64, 8, 1080, 1097, 1401],
      [normalizedA, 32, 815, 834, 919],
      [normalizedD, 16, 1424, 1494, 1664],
      [narrow, 64, 432, 435, 440],
      [c, 32, 1124, 1174, 1484],
      [alexnet, 32, 1596, 1762, 2242],
      [b5, 2, 777, 777, 910],
      [b5, 16, 891, 954, 993],
      [b5, 32, 1036, 1133, 1256],
      [b5at64, 32, 1232, 1256, 1572],
      [resnet18, 32, 712, 731, 825],
      [resnet50, 4, 1256, 1326, 1509],
      [googlenet, 8, 1006, 1101, 1194],
      [normalizedGooglenet, 8, 1143, 1217, 1324],
    ],
  ],
  [
    'tensorflow',
    'bf16',
    [
      [d, 1, 2887, 2892, 4175],
      [d, 4, 3040, 3067, 4199],
      [d, 16, 3127, 3127, 4230],
      [d, 32, 3596, 3857, 4954],
      [a, 8, 3049, 3066, 4184],
      [a64, 32, 1094, 1184, 1485],
      [a64, 8, 1102, 1113, 1418],
      [normalizedA, 32, 736, 788, 874],
      [normalizedD, 16, 1093, 1183, 1341],
      [narrow, 64, 434, 437, 440],
      [c, 32, 1144, 1161, 1472],
      [alexnet, 32, 1703, 1874, 2366],
      [b5, 2, 763, 790, 897],
      [b5, 16, 793, 867, 975],
      [b5, 32, 914, 942, 1051],
      [b5at64, 32, 1206, 1270, 1587],
      [resnet18, 32, 692, 732, 824],
      [resnet50, 4, 1120, 1205, 1389],
      [googlenet, 8, 939, 957, 1061],
      [normalizedGooglenet, 8, 945, 993, 1096],
    ],
  ],
]

describe.each(measured)('What training takes with %s in %s', (name, precision, cases) => {
  test.each(cases)('is estimated to 15%%: %o, %i images', (choice, images, step, accumulating, epochEnd) => {
    const { crop, classes = 1000, ...input } = choice
    const network = buildNetwork({ ...networkSpec(input), crop, classes })
    const engine = findEngine(name)
    const off = (estimate: number, megabytes: number) => Math.abs(estimate / (1e6 * megabytes) - 1)
    expect(off(engine.memory(network, images, { precision }).step, step)).toBeLessThan(0.15)
    const parts = engine.memory(network, images, { precision, accumulates: true })
    expect(off(parts.step, accumulating)).toBeLessThan(0.15)
    expect(off(parts.total, epochEnd)).toBeLessThan(0.15)
  })
})

test('Steps with 5×5 kernels are estimated to 15% with ONNX Runtime too, at 16 images', () => {
  const network = buildVgg({ ...vggDefaults, ...b5 })
  for (const [accumulates, megabytes] of [
    [false, 560],
    [true, 600],
  ] as const) {
    const { step } = findEngine('onnxruntime').memory(network, 16, { accumulates })
    expect(Math.abs(step / (1e6 * megabytes) - 1)).toBeLessThan(0.15)
  }
})

/**
 * Most memory of `train FOLDER --preset fine-tune --from vgg16-features --crop CROP` (/usr/bin/time -v), in MB: its process
 * also decodes images.
 */
test.each<[EngineName, Precision, number, number]>([
  ['onnxruntime', 'fp32', 64, 600],
  ['onnxruntime', 'fp32', 128, 800],
  ['onnxruntime', 'fp32', 224, 1416],
  ['tensorflow', 'fp32', 64, 884],
  ['tensorflow', 'fp32', 128, 1134],
  ['tensorflow', 'bf16', 128, 1263],
])(
  'What a head on features takes with %s in %s at %i pixels is estimated to 15%%',
  (name, precision, crop, megabytes) => {
    const network = buildNetwork({ ...networkSpec({ config: 'D', head: 'linear' }), classes: 6, crop })
    const frozen = network.layers.flatMap((layer) => (layer.kind === 'convolution' ? [layer.name] : []))
    const split = splitHead(network, new Set(frozen))
    const { total } = findEngine(name).memory(network, 32, { split, precision })
    expect(Math.abs(total / (1e6 * megabytes) - 1)).toBeLessThan(0.15)
    // Training through the network would take twice that, and more.
    if (name === 'onnxruntime') expect(findEngine(name).memory(network, 32).total).toBeGreaterThan(2 * total)
  },
)

test('The parts of an estimate are all of it', () => {
  const network = buildVgg({ ...vggDefaults, classes: 10, config: 'A', crop: 64 })
  for (const name of ['onnxruntime', 'tensorflow'] as const) {
    for (const [device, precision, images] of [
      ['cpu', 'fp32', 8],
      ['cpu', 'bf16', 4096],
      ['webgpu', 'fp32', 8],
      ['cuda:0', 'bf16', 4096],
    ] as const) {
      const memory = findEngine(name).memory(network, images, { device, precision })
      const { parameters, gradients, momentum, activations, workspace, epochEnd, step, total } = memory
      expect(step).toBe(parameters + gradients + momentum + activations + workspace)
      expect(total).toBe(step + epochEnd)
      expect(workspace).toBeGreaterThan(0)
    }
  }
})
