import { readFileSync } from 'node:fs'
import { elementCount, type Tensor, type Tensors } from '../../core/base/tensor.ts'
import type { Batch, State } from '../../core/engine/types.ts'
import { parameters, type Parameter } from '../../core/network/parameters.ts'
import { buildNetwork, entryOf, networkSpec } from '../../core/network/architectures/index.ts'
import { allConfigs, configs, type Config } from '../../core/network/architectures/names.ts'
import type { Network } from '../../core/network/types.ts'
import { specWith } from '../network/build.ts'

/** With batch normalization where the family has it: `A-batch-norm`. */
const normalized = (config: Config): string => `${config}-batch-norm`

/** More of the same blocks. */
export const deeper: ReadonlySet<string> = new Set(['resnet34', 'resnet101', 'resnet152'])

/** Without those of the same blocks, and those whose batch normalization is only that of another architecture again: `npm test` has no time for them. */
export const distinct: ReadonlySet<string> = new Set([
  ...allConfigs.filter((config) => !deeper.has(config)),
  ...(['A', 'D'] as const).map(normalized),
  'A-squeeze-excitation',
  'resnet50-paper',
])

/**
 * Statistics of a few values make the path chaotic: a larger crop than the least, and one at which no maximum is so near
 * another that PyTorch's own courses part.
 */
const normalizedCrops: Readonly<Partial<Record<Config, number>>> = { 'A-LRN': 80, B: 80, E: 72 }

/** Crops of networks that always have batch normalization, chosen in the same way. */
const crops: Readonly<Partial<Record<Config, number>>> = {
  ...Object.fromEntries(configs.resnet.map((config) => [config, 64])),
  googlenet: 64,
  'googlenet-torchvision': 80,
  resnet152: 40,
}

/** Every architecture of the studio at its smallest crop, with few channels and classes. */
export function shrunkNetworks(): Readonly<Record<string, Network>> {
  const shrunk = (config: Config, settings: object = {}, crop?: number): Network => {
    // A sixteenth of GoogLeNet would leave one channel in places.
    const share = config.startsWith('googlenet') ? 8 : 16
    const small = { fcWidth: 12, widthMultiplier: 1 / share }
    // Residuals that start small: else gradients grow with every block, and rounding with them.
    const residual = { zeroInitResidual: true, ...(config === 'seresnet50' && { squeezeExcitation: 4 }) }
    const spec = specWith(config, { ...small, ...residual, ...settings })
    return buildNetwork({ ...spec, classes: 5, crop: crop ?? crops[config] ?? entryOf(spec).crop.least })
  }
  return Object.fromEntries([
    ...allConfigs.flatMap((config) => [
      [config, shrunk(config)] as const,
      ...('batchNorm' in networkSpec({ config })
        ? [[normalized(config), shrunk(config, { batchNorm: true }, normalizedCrops[config] ?? 64)] as const]
        : []),
    ]),
    ['A-squeeze-excitation', shrunk('A', { squeezeExcitation: 2 })] as const,
    ['resnet50-paper', shrunk('resnet50', { variant: 'paper' })] as const,
  ])
}

/** Images of a batch, and how five steps use them. */
const batchSize = 6
export const rates = (network: Network) => ({
  // Batch normalization over few values makes much of a step. At 0.0005 a maximum of D changed sides: PyTorch's own courses
  // in 32-bit floats, from starts that differ in the last place, then fell into two bundles, 1e-3 apart.
  learningRate: network.layers.some(({ kind }) => kind === 'batchNorm') ? 0.0002 : 0.002,
  momentum: 0.9,
  weightDecay: 5e-4,
})

/**
 * A value below one in size for each index, the same here and in architectures.py: integer arithmetic on the index and
 * the name.
 */
export function noise(name: string, count: number): Float64Array {
  let seed = 0x811c9dc5
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 0x01000193)
  return Float64Array.from({ length: count }, (_, index) => {
    let value = (Math.imul(index + 1, 0x9e3779b1) ^ seed) >>> 0
    value = Math.imul(value ^ (value >>> 16), 0x21f0aaad)
    value = Math.imul(value ^ (value >>> 15), 0x735a2d97)
    return (((value ^ (value >>> 15)) >>> 0) + 0.5) / 2 ** 31 - 1
  })
}

export function startOf(network: Network): State {
  // Where branches meet there is no residual to start small: there all scales do, so that few rectifiers are near their bend.
  const branches = network.layers.some(({ kind }) => kind === 'concat')
  const small = new Set(
    network.layers.flatMap((layer) =>
      layer.kind === 'batchNorm' && (layer.zeroScale || branches) ? [layer.name] : [],
    ),
  )
  const weights = new Map(
    parameters(network).map((parameter) => [
      parameter.name,
      startTensor(parameter, small.has(parameter.layer) ? 0.1 : 1),
    ]),
  )
  return { weights, momentum: new Map() }
}

/** @param unit what scales are about; none is 0, so that every parameter has a gradient */
function startTensor({ name, role, shape }: Parameter, unit: number): Tensor {
  const values = noise(name, elementCount(shape))
  const bound = Math.sqrt(6 / elementCount(shape.slice(1)))
  const of = {
    weight: (value: number) => bound * value,
    bias: (value: number) => 0.1 * value,
    scale: (value: number) => unit * (1 + 0.3 * value),
    shift: (value: number) => 0.2 * value,
    runningMean: () => 0,
    runningVar: () => 1,
  }
  return { shape, data: Float32Array.from(values, of[role]) }
}

export function batchOf(network: Network, step: number): Batch {
  const shape = [batchSize, ...network.input]
  return {
    images: { shape, data: Float32Array.from(noise('images', elementCount(shape)), (value) => 2 * value) },
    labels: Int32Array.from({ length: batchSize }, (_, index) => index % network.classes),
    weights: new Float32Array(batchSize).fill(1 / batchSize),
    dropoutSeed: [5, step],
  }
}

/** What PyTorch computed in 64-bit floats (architectures.py): a tensor is its norm and its products with vectors of signs. */
interface Reference {
  readonly losses: readonly number[]
  readonly gradients: Readonly<Record<string, Digest>>
  readonly final: Readonly<Record<string, Digest>>
  /**
   * How far PyTorch in 32-bit floats is off what it computes in 64-bit ones: the largest relative error, over starts that
   * differ in the last place of their weights.
   */
  readonly rounding: number
}
type Digest = readonly [norm: number, ...products: number[]]

const references = JSON.parse(
  readFileSync(new URL('../fixtures/architectures.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Reference>>

/** @throws where the script has not been run since the architecture came */
export function referenceOf(name: string): Reference {
  const found = references[name]
  if (!found)
    throw new Error(`test/fixtures/architectures.json lacks ${name}: run test/reference/architectures.py.`)
  return found
}

/**
 * The largest relative error over the tensors, ‖a−b‖/‖b‖, estimated: the products of a difference with random signs are
 * as large as its norm in the mean of squares. What has no gradient but rounding is measured against the largest.
 */
export function worstByDigest(
  actual: Tensors,
  expected: Readonly<Record<string, Digest>>,
): { readonly name: string; readonly error: number } {
  const largest = Math.max(...Object.values(expected).map(([norm]) => norm))
  const errors = Object.entries(expected).map(([name, [norm, ...products]]) => {
    const tensor = actual.get(name)
    if (!tensor) return { name, error: Infinity }
    const squares = products.map((product, index) => (signed(tensor.data, index) - product) ** 2)
    const difference = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length)
    return { name, error: difference / (norm < 1e-5 * largest ? largest / 100 : norm) }
  })
  return errors.reduce((a, b) => (b.error > a.error ? b : a))
}

/** As architectures.py makes it. */
export function digestOf({ data }: Tensor): Digest {
  const products = Array.from({ length: 6 }, (_, index) => signed(data, index))
  return [Math.sqrt(data.reduce((sum, value) => sum + value * value, 0)), ...products]
}

function signed(data: Float32Array, index: number): number {
  const signs = noise(`signs ${index}`, data.length)
  return data.reduce((sum, value, at) => sum + (signs[at]! < 0 ? -value : value), 0)
}
