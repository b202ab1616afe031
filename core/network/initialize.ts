import { assertNever } from '../base/errors.ts'
import { random, type Random } from '../base/random.ts'
import { elementCount, type Tensor, type Tensors } from '../base/tensor.ts'
import { glorot, he, normal, type Distribution, type InitializationScheme } from './initializationScheme.ts'
import { parameters, type Parameter } from './parameters.ts'
import type { Network } from './types.ts'

/**
 * - `torchvision`: that of torchvision's builder of the network's family (see its entry in architectures/)
 * - `he`: N(0, 2 / fan-in), keeps the signal's variance through ReLU (He et al. 2015)
 * - `he-small-last`: the same, but the layers that give the outputs N(0, 0.01²): for narrow classifiers, where
 *   torchvision's for VGG lets the signal vanish
 * - `glorot`: uniform with variance 2 / (fan-in + fan-out) (Glorot & Bengio 2010, eq. 16)
 * - `paper`: N(0, variance 0.01) (VGG §3.1), which trains only the shallow A from scratch
 */
export const initializations = ['torchvision', 'he', 'he-small-last', 'glorot', 'paper'] as const
export type Initialization = (typeof initializations)[number]

/** Schemes that are the same for every family. */
const schemes: Readonly<Record<Exclude<Initialization, 'torchvision'>, InitializationScheme>> = {
  he: { convolution: he('in'), linear: he('in') },
  'he-small-last': { convolution: he('in'), linear: he('in'), output: normal(0.01) },
  glorot: { convolution: glorot, linear: glorot },
  paper: { convolution: normal(0.1), linear: normal(0.1) },
}

/** Sets these streams apart from those that other purposes name by the same seed: "init" in ASCII. */
const purpose = 0x696e6974

/**
 * Random weights; scales 1 (0 where the network says so), shifts 0, running means 0 and variances 1. Each tensor draws from a stream of its own,
 * named by the seed and its place among the parameters, so the size of one layer does not shift another's.
 *
 * @param how a scheme, or the name of one that is the same for every family; for `torchvision` see
 * initialScheme in architectures/index.ts
 */
export function initialize(
  network: Network,
  how: InitializationScheme | keyof typeof schemes,
  seed: number,
): Tensors {
  const scheme = typeof how === 'string' ? schemes[how] : how
  const outputs = new Set(network.outputs.map(({ layer }) => layer))
  const zeroed = new Set(
    network.layers.flatMap((layer) => (layer.kind === 'batchNorm' && layer.zeroScale ? [layer.name] : [])),
  )
  const all = parameters(network)
  const weights = new Map(
    all.flatMap(({ role, layer, shape }) => (role === 'weight' ? [[layer, shape]] : [])),
  )
  return new Map(
    all.map((parameter, index) => {
      const { name, layer, shape, role } = parameter
      const data = new Float32Array(elementCount(shape))
      const source = random(seed, purpose, index)
      if (role === 'runningVar' || (role === 'scale' && !zeroed.has(layer))) data.fill(1)
      else if (role === 'weight' || role === 'bias') {
        const weight = weights.get(layer)!
        fill(data, distributionOf(parameter, weight, scheme, outputs.has(layer)), weight, source)
      }
      return [name, { shape, data } satisfies Tensor]
    }),
  )
}

function distributionOf(
  { role }: Parameter,
  weight: readonly number[],
  scheme: InitializationScheme,
  isOutput: boolean,
): Distribution {
  const usual = weight.length === 2 ? scheme.linear : scheme.convolution
  const start = isOutput ? (scheme.output ?? usual) : usual
  return role === 'bias' ? start.bias : start.weight
}

/** @param weight shape of the layer's weight: out × in, convolutions × kernel × kernel */
function fill(
  data: Float32Array,
  distribution: Distribution,
  weight: readonly number[],
  source: Random,
): void {
  const fanIn = elementCount(weight.slice(1))
  const fanOut = weight[0]! * elementCount(weight.slice(2))
  switch (distribution.kind) {
    case 'zero':
      return
    case 'normal': {
      if ('deviation' in distribution) return fillNormal(data, distribution.deviation, source)
      const fan = distribution.fan === 'in' ? fanIn : fanOut
      return fillNormal(data, Math.sqrt(distribution.gain / fan), source)
    }
    case 'glorot':
      return fillUniform(data, Math.sqrt(6 / (fanIn + fanOut)), source)
    case 'uniform':
      return fillUniform(data, 1 / Math.sqrt(fanIn), source)
    default:
      return assertNever(distribution)
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
