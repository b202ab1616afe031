import type { Tensor, Tensors } from '../base/tensor.ts'
import type { ImageResults } from '../engine/types.ts'

/**
 * What training has shown of each of its images, summed over all the times that it was seen: the means tell which labels
 * are wrong (area under the margin, Pleiss et al. 2020; training dynamics, Swayamdipta et al. 2020). Arrays are in the
 * order of the training images. All are 32-bit floats, as a checkpoint stores them, so that a resumed run sums on exactly.
 */
export interface ImageDynamics {
  /** How often each was seen. */
  readonly times: Float32Array
  /** Σ of −ln p(label), nats. */
  readonly losses: Float32Array
  /** Σ of the label's logit less the highest other one. */
  readonly margins: Float32Array
  /**
   * The class with the highest other logit most of the times, where there is one, by the majority vote of Boyer and
   * Moore: a candidate, and how many votes it is ahead.
   */
  readonly others: Float32Array
  readonly votes: Float32Array
}

const parts = ['times', 'losses', 'margins', 'others', 'votes'] as const
const prefix = 'images/'

export function emptyDynamics(images: number): ImageDynamics {
  const empty = (): Float32Array => new Float32Array(images)
  return { times: empty(), losses: empty(), margins: empty(), others: empty(), votes: empty() }
}

/** What an update showed, waiting until the update is made: one that is not is done again. */
export interface SeenImages {
  /** Positions among the training images. */
  readonly items: ArrayLike<number>
  readonly results: ImageResults
}

/** Adds what was seen to `dynamics`. */
export function addSeen(dynamics: ImageDynamics, seen: readonly SeenImages[]): void {
  const { times, losses, margins, others, votes } = dynamics
  for (const { items, results } of seen)
    for (let index = 0; index < items.length; index++) {
      const at = items[index]!
      times[at]!++
      losses[at]! += results.losses[index]!
      margins[at]! += results.margins[index]!
      const other = results.others[index]!
      if (votes[at] === 0) others[at] = other
      votes[at]! += others[at] === other ? 1 : -1
    }
}

/** As tensors of a checkpoint. */
export const dynamicsTensors = (dynamics: ImageDynamics): readonly (readonly [string, Tensor])[] =>
  parts.map((part) => [`${prefix}${part}`, { shape: [dynamics[part].length], data: dynamics[part] }])

export const isDynamicsTensor = (name: string): boolean => name.startsWith(prefix)
export const dynamicsNames: readonly string[] = parts.map((part) => `${prefix}${part}`)

/** From a checkpoint's tensors; undefined where it has none, or not for each image. @param images default: any number */
export function dynamicsIn(tensors: Tensors, images?: number): ImageDynamics | undefined {
  const found = parts.map((part) => tensors.get(`${prefix}${part}`)?.data)
  const count = images ?? found[0]?.length
  if (count === undefined || found.some((data) => data?.length !== count)) return undefined
  const [times, losses, margins, others, votes] = found as Float32Array[]
  return { times: times!, losses: losses!, margins: margins!, others: others!, votes: votes! }
}
