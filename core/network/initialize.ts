import { assertNever } from '../base/errors.ts'
import { random, type Random } from '../base/random.ts'
import { elementCount, type Tensor, type Tensors } from '../base/tensor.ts'
import { parameters, type Parameter } from './parameters.ts'
import type { Network } from './types.ts'

/**
 * - `torchvision`: torchvision's for its VGG: convolutions N(0, 2 / fan-out) (He et al. 2015, for the gradient's
 *   variance), linear layers N(0, 0.01²) whatever their width, so that the first outputs are all but equal
 * - `he`: N(0, 2 / fan-in), keeps the signal's variance through ReLU (He et al. 2015)
 * - `he-small-last`: the same, but the layers that give the outputs N(0, 0.01²): for narrow classifiers, where
 *   `torchvision` lets the signal vanish
 * - `glorot`: uniform with variance 2 / (fan-in + fan-out) (Glorot & Bengio 2010, eq. 16)
 * - `paper`: N(0, variance 0.01) (VGG §3.1), which trains only the shallow A from scratch
 */
export const initializations = ['torchvision', 'he', 'he-small-last', 'glorot', 'paper'] as const
export type Initialization = (typeof initializations)[number]

/** Sets these streams apart from those that other purposes name by the same seed: "init" in ASCII. */
const purpose = 0x696e6974

/**
 * Random weights; biases and shifts 0, scales 1, running means 0 and variances 1. Each tensor draws from a stream of
 * its own, named by the seed and its place among the parameters, so the size of one layer does not shift another's.
 */
export function initialize(network: Network, kind: Initialization, seed: number): Tensors {
  const outputs = new Set(network.outputs.map(({ layer }) => layer))
  return new Map(
    parameters(network).map((parameter, index) => [
      parameter.name,
      initialTensor(parameter, kind, outputs.has(parameter.layer), random(seed, purpose, index)),
    ]),
  )
}

function initialTensor(
  { role, shape }: Parameter,
  kind: Initialization,
  isOutput: boolean,
  source: Random,
): Tensor {
  const data = new Float32Array(elementCount(shape))
  if (role === 'weight') fillWeights(data, shape, kind, isOutput, source)
  else if (role === 'scale' || role === 'runningVar') data.fill(1)
  return { shape, data }
}

/** Standard deviation of the linear layers of torchvision's VGG. */
const small = 0.01

function fillWeights(
  data: Float32Array,
  shape: readonly number[],
  kind: Initialization,
  isOutput: boolean,
  source: Random,
): void {
  const fanIn = elementCount(shape.slice(1))
  const fanOut = shape[0]! * elementCount(shape.slice(2))
  const isLinear = shape.length === 2
  switch (kind) {
    case 'torchvision':
      return fillNormal(data, isLinear ? small : Math.sqrt(2 / fanOut), source)
    case 'he':
      return fillNormal(data, Math.sqrt(2 / fanIn), source)
    case 'he-small-last':
      return fillNormal(data, isOutput ? small : Math.sqrt(2 / fanIn), source)
    case 'glorot':
      return fillUniform(data, Math.sqrt(6 / (fanIn + fanOut)), source)
    case 'paper':
      return fillNormal(data, 0.1, source)
    default:
      return assertNever(kind)
  }
}

/** Marsaglia's polar method, two at a time: twice as fast as Random.normal, which tells for D's 138 million. */
function fillNormal(data: Float32Array, deviation: number, { uint32 }: Random): void {
  for (let index = 0; index < data.length; index += 2) {
    let x, y, square
    do {
      x = uint32() / 0x80000000 - 1
      y = uint32() / 0x80000000 - 1
      square = x * x + y * y
    } while (square >= 1 || square === 0)
    const factor = deviation * Math.sqrt((-2 * Math.log(square)) / square)
    data[index] = factor * x
    // Behind the end of an odd length this writes nothing.
    data[index + 1] = factor * y
  }
}

function fillUniform(data: Float32Array, limit: number, source: Random): void {
  for (let index = 0; index < data.length; index++) data[index] = limit * (2 * source.uniform() - 1)
}
