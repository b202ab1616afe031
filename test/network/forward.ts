import type { Tensor, Tensors } from '../../core/base/tensor.ts'
import type { Convolution, Layer, Linear, MaxPool, Network } from '../../core/network/types.ts'

/** The plainest forward pass, in 64-bit floats, for one image: what a network means, not how to run it. */
export function forward(network: Network, weights: Tensors, image: Tensor): Float64Array {
  const values = new Map<string, Value>([
    ['input', { shape: image.shape, data: Float64Array.from(image.data) }],
  ])
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => values.get(name)!)
    values.set(layer.name, apply(layer, inputs[0]!, weights))
  }
  return values.get(network.outputs.find(({ role }) => role === 'logits')!.layer)!.data
}

interface Value {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

function apply(layer: Layer, input: Value, weights: Tensors): Value {
  switch (layer.kind) {
    case 'convolution':
      return convolve(layer, input, weights)
    case 'maxPool':
      return pool(layer, input)
    case 'linear':
      return multiply(layer, input, weights)
    case 'relu':
      return { ...input, data: input.data.map((value) => Math.max(0, value)) }
    case 'flatten':
      return { ...input, shape: [input.data.length] }
    case 'dropout':
      return input
    case 'globalAveragePool':
      return average(input)
    default:
      throw new Error(`No forward pass for ${layer.kind}`)
  }
}

function convolve(layer: Convolution, input: Value, weights: Tensors): Value {
  const { kernel, stride, padding, outChannels } = layer
  const weight = weights.get(`${layer.name}.weight`)!
  const bias = weights.get(`${layer.name}.bias`)?.data
  const [channels, height, width] = input.shape as [number, number, number]
  if (weight.shape.join() !== [outChannels, channels, kernel, kernel].join()) throw new Error(layer.name)
  const rows = Math.floor((height + 2 * padding - kernel) / stride) + 1
  const columns = Math.floor((width + 2 * padding - kernel) / stride) + 1
  const at = (c: number, y: number, x: number): number =>
    y < 0 || x < 0 || y >= height || x >= width ? 0 : input.data[(c * height + y) * width + x]!
  return build([outChannels, rows, columns], (o, row, column) => {
    let sum = bias?.[o] ?? 0
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < kernel; i++)
        for (let j = 0; j < kernel; j++) {
          const w = weight.data[((o * channels + c) * kernel + i) * kernel + j]!
          sum += w * at(c, row * stride + i - padding, column * stride + j - padding)
        }
    return sum
  })
}

function pool({ kernel, stride }: MaxPool, { shape, data }: Value): Value {
  const [channels, height, width] = shape as [number, number, number]
  const count = (size: number): number => Math.floor((size - kernel) / stride) + 1
  return build([channels, count(height), count(width)], (c, row, column) => {
    let most = -Infinity
    for (let i = 0; i < kernel; i++)
      for (let j = 0; j < kernel; j++)
        most = Math.max(most, data[(c * height + row * stride + i) * width + column * stride + j]!)
    return most
  })
}

function multiply(layer: Linear, { data }: Value, weights: Tensors): Value {
  const weight = weights.get(`${layer.name}.weight`)!.data
  const bias = weights.get(`${layer.name}.bias`)!.data
  const product = (o: number): number =>
    data.reduce((sum, value, i) => sum + value * weight[o * data.length + i]!, bias[o]!)
  return {
    shape: [layer.outFeatures],
    data: Float64Array.from({ length: layer.outFeatures }, (_, o) => product(o)),
  }
}

function average({ shape, data }: Value): Value {
  const area = shape[1]! * shape[2]!
  const mean = (c: number): number =>
    data.subarray(c * area, (c + 1) * area).reduce((sum, value) => sum + value, 0) / area
  return { shape: [shape[0]!], data: Float64Array.from({ length: shape[0]! }, (_, c) => mean(c)) }
}

function build(
  shape: readonly [number, number, number],
  value: (c: number, y: number, x: number) => number,
): Value {
  const [, height, width] = shape
  const data = Float64Array.from({ length: shape[0] * height * width }, (_, index) =>
    value(Math.floor(index / (height * width)), Math.floor(index / width) % height, index % width),
  )
  return { shape, data }
}
