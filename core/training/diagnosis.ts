import type { Tensors } from '../base/tensor.ts'
import type { State } from '../engine/types.ts'
import type { StuckCause } from '../messages/types.ts'

/** What a run's updates so far tell of why it learns nothing. */
export interface Signs {
  /**
   * How far logits differ from image to image (root mean square around the mean of each class): in the first update, and
   * lately; null where it is not known.
   */
  readonly firstSpread: number | null
  readonly spread: number | null
  /** By how much of their length an update moves the weights of a layer: the median layer's, and the largest. */
  readonly movement: number
  readonly largestMovement: number
}

/** Logits that differ by less say the same of every image. */
const silent = 1e-3
/** An update usually moves weights by about a thousandth of their length. */
const tooLittle = 1e-6
const tooMuch = 0.05

/**
 * The likeliest cause, in this order: images make no difference at the output, and never did (the initial weights let
 * nothing through), or no longer do (an update has broken it); weights hardly move, or move too far; else the network
 * tells images apart and learns, but nothing that the labels follow.
 */
export function likeliestCause({ firstSpread, spread, movement, largestMovement }: Signs): StuckCause {
  if (spread !== null && spread < silent) {
    return firstSpread !== null && firstSpread > 10 * spread && firstSpread >= silent
      ? 'rate-high'
      : 'initialization'
  }
  if (largestMovement > tooMuch) return 'rate-high'
  return movement < tooLittle ? 'rate-low' : 'labels'
}

interface Updating {
  readonly learningRate: number
  readonly momentum: number
  readonly weightDecay: number
  readonly rateFactors: Readonly<Record<string, number>>
  /** Updates since the momentum was zero. */
  readonly step: number
}

/**
 * η‖v‖/‖w‖ of weight matrices and kernels, the median and the largest. What weight decay alone puts into the momentum
 * is left out: λw Σ μⁱ, as the weights are now.
 */
export function movements(
  { weights, momentum }: State,
  { learningRate, momentum: mu, weightDecay, rateFactors, step }: Updating,
): Pick<Signs, 'movement' | 'largestMovement'> {
  const decay = (weightDecay * (1 - mu ** step)) / (1 - mu)
  const ratios = [...kernels(momentum)].flatMap(([name, velocity]) => {
    const weight = weights.get(name)!.data
    let [moved, length] = [0, 0]
    for (let index = 0; index < weight.length; index++) {
      moved += (velocity[index]! - decay * weight[index]!) ** 2
      length += weight[index]! ** 2
    }
    const factor = rateFactors[name.slice(0, name.lastIndexOf('.'))] ?? 1
    return length > 0 ? [learningRate * factor * Math.sqrt(moved / length)] : []
  })
  const sorted = ratios.sort((a, b) => a - b)
  return { movement: sorted[sorted.length >> 1] ?? 0, largestMovement: sorted.at(-1) ?? 0 }
}

function* kernels(tensors: Tensors): Generator<readonly [string, Float32Array]> {
  for (const [name, { shape, data }] of tensors) if (shape.length > 1) yield [name, data]
}
