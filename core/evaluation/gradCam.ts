import type { Tensor } from '../base/tensor.ts'

/** Where in an image a class is seen: numbers of a map, row after row. */
export interface HeatMap {
  readonly width: number
  readonly height: number
  /** 0 where nothing speaks for the class. */
  readonly values: Float32Array
}

/**
 * Grad-CAM (Selvaraju et al. 2017, eq. 1 and 2): a layer's channels, weighted by the spatial means of the gradients of a
 * class's logit, summed, and ReLU.
 *
 * @param activation the layer's output for one image, 1×C×H×W
 * @param gradient of the logit with respect to it, of the same shape
 */
export function gradCam(activation: Tensor, gradient: Tensor): HeatMap {
  const values = weightedChannels(activation, gradient)
  const [, , height, width] = activation.shape as [number, number, number, number]
  return { width, height, values: values.map((value) => Math.max(0, value)) }
}

/** The same before its ReLU. */
export function weightedChannels({ shape, data }: Tensor, gradient: Tensor): Float32Array {
  const [, channels, height, width] = shape as [number, number, number, number]
  const plane = height * width
  const sums = new Float64Array(plane)
  for (let channel = 0; channel < channels; channel++) {
    const begin = channel * plane
    let weight = 0
    for (let at = begin; at < begin + plane; at++) weight += gradient.data[at]! / plane
    for (let at = 0; at < plane; at++) sums[at]! += weight * data[begin + at]!
  }
  return Float32Array.from(sums)
}
