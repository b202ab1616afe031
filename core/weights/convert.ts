import { elementCount } from '../base/tensor.ts'
import { rowCount, rowSize } from './readers/types.ts'
import type { MappedTensor } from './recognized.ts'

/** Values read at once, about. */
const valuesPerRead = 4 * 2 ** 20

export interface ConvertOptions {
  /** The first convolution expects blue, green, red: its input channels are reversed. */
  readonly reverseInput: boolean
}

/**
 * A tensor in canonical layout, read from its file in slices: takes its own memory, and a slice's beside it.
 * @throws StudioError of the reader
 */
export async function convert(mapped: MappedTensor, { reverseInput }: ConvertOptions): Promise<Float32Array> {
  const target = new Float32Array(elementCount(mapped.shape))
  const { source } = mapped
  const rows = rowCount(source.shape)
  const perRead = Math.max(1, Math.floor(valuesPerRead / Math.max(1, rowSize(source.shape))))
  const place = placing(mapped)
  for (let from = 0; from < rows; from += perRead) {
    const to = Math.min(rows, from + perRead)
    place(target, await source.rows(from, to), from, to)
  }
  if (reverseInput) reverseChannels(target, mapped.shape)
  return target
}

type Placing = (target: Float32Array, values: Float32Array, from: number, to: number) => void

function placing({ part, shape, source, layer, flattened }: MappedTensor): Placing {
  const { outputsLast, channelsLast } = layer.layout
  if (part === 'weight' && shape.length === 4 && outputsLast) return placeKernels(shape)
  if (part !== 'weight' || shape.length !== 2) return placeRows(rowSize(source.shape))
  const order = channelsLast && flattened && flattened.side > 1 ? channelsFirst(flattened) : null
  if (outputsLast) return placeColumns(shape[0]!, shape[1]!, order)
  return order ? placeReordered(shape[1]!, order) : placeRows(rowSize(source.shape))
}

const placeRows =
  (size: number): Placing =>
  (target, values, from) =>
    target.set(values, from * size)

/** k×k×I×O → O×I×k×k; a row is one line of the kernel. */
function placeKernels([outputs, inputs, height, width]: readonly number[]): Placing {
  return (target, values, from, to) => {
    let at = 0
    for (let y = from; y < to; y++)
      for (let x = 0; x < width!; x++)
        for (let input = 0; input < inputs!; input++)
          for (let output = 0; output < outputs!; output++)
            target[((output * inputs! + input) * height! + y) * width! + x] = values[at++]!
  }
}

/** in×out → out×in; a row is one input. */
function placeColumns(outputs: number, inputs: number, order: Int32Array | null): Placing {
  return (target, values, from, to) => {
    // Output by output, so that writes are near each other.
    for (let output = 0; output < outputs; output++)
      for (let input = from; input < to; input++)
        target[output * inputs + (order ? order[input]! : input)] = values[(input - from) * outputs + output]!
  }
}

function placeReordered(inputs: number, order: Int32Array): Placing {
  return (target, values, from, to) => {
    for (let row = from; row < to; row++)
      for (let input = 0; input < inputs; input++)
        target[row * inputs + order[input]!] = values[(row - from) * inputs + input]!
  }
}

/** Place in a flattened C×H×W by place in a flattened H×W×C. */
function channelsFirst({ channels, side }: { channels: number; side: number }): Int32Array {
  const area = side * side
  return Int32Array.from({ length: channels * area }, (_, index) => {
    const position = Math.floor(index / channels)
    return (index % channels) * area + position
  })
}

/** In place: O×3×k×k with red and blue exchanged. */
function reverseChannels(values: Float32Array, [outputs, channels, height, width]: readonly number[]): void {
  const area = height! * width!
  for (let output = 0; output < outputs!; output++) {
    const start = output * channels! * area
    for (let low = 0, high = channels! - 1; low < high; low++, high--) {
      const first = values.slice(start + low * area, start + (low + 1) * area)
      values.copyWithin(start + low * area, start + high * area, start + (high + 1) * area)
      values.set(first, start + high * area)
    }
  }
}
