import { elementCount } from '../base/tensor.ts'
import { invalidLayer, sameShape, shapeText } from './invalid.ts'
import type { Layer, Shape } from './types.ts'
import { adaptiveParts, pooledSide, windowCount } from './window.ts'

export type ParameterRole = 'weight' | 'bias' | 'scale' | 'shift' | 'runningMean' | 'runningVar'

/** A tensor that a layer owns, before it has the layer's name. */
export interface OwnTensor {
  readonly suffix: 'weight' | 'bias' | 'running_mean' | 'running_var'
  readonly role: ParameterRole
  readonly shape: readonly number[]
}

/** What each value of the output sees of the input, along one side. */
export interface SlidingWindow {
  readonly kernel: number
  readonly stride: number
}

/** All that is known about a kind of layer but how to compute it (graph/layers.ts). Shapes are those of one image. */
export interface LayerFacts<L extends Layer> {
  /** @throws StudioError `invalid-network` naming the layer where its inputs do not fit */
  readonly outputShape: (layer: L, inputs: readonly Shape[]) => Shape
  /** In the order of PyTorch's state_dict. */
  readonly tensors: (layer: L, input: Shape) => readonly OwnTensor[]
  /** Products of weights and values: as usual in the field nothing else counts. */
  readonly multiplyAdds: (layer: L, input: Shape, output: Shape) => number
  readonly window: (layer: L, input: Shape) => SlidingWindow
  /** What its gradient is computed from, besides the gradient of its output: names of layers (or `input`). */
  readonly gradientReads: (layer: L) => readonly string[]
  /** Whether its output is its input's memory, so that keeping both takes no more than one. */
  readonly isView: boolean
  /** Whether it keeps something of its own as large as its output for the backward pass. */
  readonly keepsMask: boolean
  /** Whether it does to a flattened map what it would do to the map, so that it may stand behind one in dense form. */
  readonly isPositionwise: boolean
}

export type LayerOf<K extends Layer['kind']> = Extract<Layer, { kind: K }>

type Rows = { readonly [K in Layer['kind']]: LayerFacts<LayerOf<K>> }

const nothing = (): readonly never[] => []
const zero = (): number => 0
const onePlace = (): SlidingWindow => ({ kernel: 1, stride: 1 })
const wholeMap = (_: Layer, input: Shape): SlidingWindow => ({
  kernel: Math.max(...input.slice(1), 1),
  stride: 1,
})
const itsInputs = ({ inputs }: Layer): readonly string[] => inputs
const inputsAndOutput = ({ inputs, name }: Layer): readonly string[] => [...inputs, name]
const itsOutput = ({ name }: Layer): readonly string[] => [name]
const plain = { isView: false, keepsMask: false, isPositionwise: false } as const

const elementwise = {
  ...plain,
  outputShape: single,
  tensors: nothing,
  multiplyAdds: zero,
  window: onePlace,
  isPositionwise: true,
} as const

const rows: Rows = {
  convolution: {
    ...plain,
    outputShape: (layer, inputs) => {
      const [channels, height, width] = mapOf(layer, inputs)
      const { groups, outChannels, padding } = layer
      if (channels % groups !== 0 || outChannels % groups !== 0)
        throw invalidLayer(layer, { code: 'groups-do-not-divide', values: { groups, channels, outChannels } })
      const kernel = (layer.kernel - 1) * (layer.dilation ?? 1) + 1
      const side = (size: number): number => windowCount({ ...layer, kernel }, size + 2 * padding)
      return [outChannels, side(height), side(width)]
    },
    tensors: ({ outChannels, groups, kernel, bias }, [channels]) => [
      tensor('weight', 'weight', [outChannels, channels / groups, kernel, kernel]),
      ...(bias ? [tensor('bias', 'bias', [outChannels])] : []),
    ],
    multiplyAdds: ({ groups, kernel }, [channels], output) =>
      elementCount(output) * (channels / groups) * kernel ** 2,
    window: (layer) => layer,
    gradientReads: itsInputs,
  },
  linear: {
    ...plain,
    outputShape: (layer, inputs) => {
      const input = single(layer, inputs)
      if (input.length !== 1)
        throw invalidLayer(layer, { code: 'takes-vector', values: { shape: shapeText(input) } })
      return [layer.outFeatures]
    },
    tensors: ({ outFeatures, bias }, [features]) => [
      tensor('weight', 'weight', [outFeatures, features]),
      ...(bias ? [tensor('bias', 'bias', [outFeatures])] : []),
    ],
    multiplyAdds: (_, [features], output) => output[0] * features,
    window: onePlace,
    gradientReads: itsInputs,
  },
  maxPool: {
    ...plain,
    outputShape: pooled,
    tensors: nothing,
    multiplyAdds: zero,
    window: (layer) => layer,
    gradientReads: inputsAndOutput,
  },
  averagePool: {
    ...plain,
    outputShape: pooled,
    tensors: nothing,
    multiplyAdds: zero,
    window: (layer) => layer,
    gradientReads: nothing,
  },
  adaptiveAveragePool: {
    ...plain,
    outputShape: (layer, inputs) => [mapOf(layer, inputs)[0], layer.side, layer.side],
    tensors: nothing,
    multiplyAdds: zero,
    // The largest part's window; parts of an uneven side are not equally far apart.
    window: ({ side }, input) => ({
      kernel: Math.max(...input.slice(1).map((size) => largestPart(size, side))),
      stride: Math.max(1, Math.round(input[1]! / side)),
    }),
    gradientReads: nothing,
  },
  globalAveragePool: {
    ...plain,
    outputShape: (layer, inputs) => [mapOf(layer, inputs)[0]],
    tensors: nothing,
    multiplyAdds: zero,
    window: wholeMap,
    gradientReads: nothing,
  },
  localResponseNorm: {
    ...plain,
    outputShape: (layer, inputs) => {
      if (layer.size % 2 === 0)
        throw invalidLayer(layer, { code: 'window-without-middle', values: { channels: layer.size } })
      return mapOf(layer, inputs)
    },
    tensors: nothing,
    multiplyAdds: zero,
    window: onePlace,
    gradientReads: inputsAndOutput,
  },
  batchNorm: {
    ...elementwise,
    tensors: (_, [channels]) => [
      tensor('weight', 'scale', [channels]),
      tensor('bias', 'shift', [channels]),
      tensor('running_mean', 'runningMean', [channels]),
      tensor('running_var', 'runningVar', [channels]),
    ],
    gradientReads: itsInputs,
    isPositionwise: false,
  },
  relu: { ...elementwise, gradientReads: itsOutput },
  sigmoid: { ...elementwise, gradientReads: itsOutput },
  dropout: { ...elementwise, gradientReads: nothing, keepsMask: true },
  flatten: {
    ...plain,
    outputShape: (layer, inputs) => [elementCount(single(layer, inputs))],
    tensors: nothing,
    multiplyAdds: zero,
    window: wholeMap,
    gradientReads: nothing,
    isView: true,
  },
  add: {
    ...elementwise,
    outputShape: (layer, inputs) => {
      const [first, ...others] = several(layer, inputs)
      const other = others.find((shape) => !sameShape(shape, first))
      if (other)
        throw invalidLayer(layer, {
          code: 'cannot-add',
          values: { first: shapeText(first), other: shapeText(other) },
        })
      return first
    },
    gradientReads: nothing,
  },
  concat: {
    ...elementwise,
    outputShape: (layer, inputs) => {
      const [first, ...others] = several(layer, inputs)
      const other = others.find((shape) => !sameShape(shape.slice(1), first.slice(1)))
      if (other)
        throw invalidLayer(layer, {
          code: 'cannot-concatenate',
          values: { first: shapeText(first), other: shapeText(other) },
        })
      const channels = inputs.reduce((sum, [count]) => sum + count, 0)
      return first.length === 1 ? [channels] : [channels, first[1], first[2]]
    },
    gradientReads: nothing,
  },
  scaleChannels: {
    ...plain,
    outputShape: (layer, inputs) => {
      if (inputs.length !== 2)
        throw invalidLayer(layer, { code: 'takes-map-and-gate', values: { inputs: inputs.length } })
      const map = mapOf(layer, inputs.slice(0, 1))
      const gate = inputs[1]!
      if (!sameShape(gate, [map[0]]))
        throw invalidLayer(layer, {
          code: 'cannot-scale',
          values: { map: shapeText(map), gate: shapeText(gate) },
        })
      return map
    },
    tensors: nothing,
    multiplyAdds: zero,
    window: onePlace,
    gradientReads: itsInputs,
  },
}

/** The row of a layer's kind. */
export function factsOf<L extends Layer>(layer: L): LayerFacts<L> {
  // Rows proves that each kind's row takes layers of that kind; TypeScript does not follow the index.
  return rows[layer.kind] as unknown as LayerFacts<L>
}

function tensor(suffix: OwnTensor['suffix'], role: ParameterRole, shape: readonly number[]): OwnTensor {
  return { suffix, role, shape }
}

const largestPart = (size: number, side: number): number =>
  Math.max(...adaptiveParts(size, side).map(({ start, end }) => end - start))

type Map3 = readonly [number, number, number]

function pooled(layer: LayerOf<'maxPool' | 'averagePool'>, inputs: readonly Shape[]): Shape {
  const [channels, height, width] = mapOf(layer, inputs)
  return [channels, pooledSide(layer, height), pooledSide(layer, width)]
}

function single(layer: Layer, inputs: readonly Shape[]): Shape {
  if (inputs.length !== 1)
    throw invalidLayer(layer, { code: 'takes-one-input', values: { inputs: inputs.length } })
  return inputs[0]!
}

function several(layer: Layer, inputs: readonly Shape[]): readonly [Shape, ...Shape[]] {
  if (inputs.length < 2)
    throw invalidLayer(layer, { code: 'takes-several-inputs', values: { inputs: inputs.length } })
  return inputs as readonly [Shape, ...Shape[]]
}

function mapOf(layer: Layer, inputs: readonly Shape[]): Map3 {
  const shape = single(layer, inputs)
  if (shape.length !== 3)
    throw invalidLayer(layer, { code: 'takes-map', values: { shape: shapeText(shape) } })
  return shape
}
