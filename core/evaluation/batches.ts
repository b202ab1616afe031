import type { Tensor } from '../base/tensor.ts'
import type { RgbImage } from '../image/types.ts'
import { normalizeWindow } from '../pipeline/normalize.ts'
import type { Normalization } from '../pipeline/types.ts'
import type { Form, Window } from './views.ts'

/** A view that waits for others of its form and size. */
export interface PendingView {
  readonly form: Form
  readonly image: RgbImage
  readonly window: Window
  readonly mirror: boolean
  readonly weight: number
  readonly target: Target
}

/** The class probabilities of one image, as they come together. */
export interface Target {
  readonly item: number
  /** Number of the image in the order of work. */
  readonly number: number
  /** Weighted sum of softmaxes. */
  readonly row: Float64Array
  /** Views that are still to come. */
  missing: number
}

export interface Batch {
  readonly form: Form
  readonly views: readonly PendingView[]
}

/** Pixels of a batch: 16 images of 224×224, for which the first layers of a VGG need some 400 MB. */
const batchPixels = 16 * 224 ** 2
const mostImages = 256
/** Pixels of all views that wait, and images that a view waits for at most: they bound memory where sizes are rare. */
const waitingPixels = 25_000_000
const longestWait = 256

/**
 * Collects views of one form and one size, from whatever images, into batches. What is in a batch depends on the order
 * of the views alone.
 */
export interface Batches {
  /** Returns the batches that are to be run now. */
  add(view: PendingView): readonly Batch[]
  /** All that waits. */
  rest(): readonly Batch[]
}

export function collectBatches(): Batches {
  const groups = new Map<string, PendingView[]>()
  let pixels = 0

  const take = (key: string): Batch => {
    const views = groups.get(key)!
    groups.delete(key)
    pixels -= views.reduce((sum, { window }) => sum + areaOf(window), 0)
    return { form: views[0]!.form, views }
  }
  /** A group's place among the others is that of its oldest view. */
  const oldest = (): string => groups.keys().next().value!

  return {
    add(view) {
      const { width, height } = view.window
      const key = `${view.form} ${width}×${height}`
      const group = groups.get(key)
      if (group) group.push(view)
      else groups.set(key, [view])
      pixels += areaOf(view.window)
      const due: Batch[] = []
      if (groups.get(key)!.length >= batchSize(view.window)) due.push(take(key))
      while (groups.size > 0) {
        const first = groups.get(oldest())![0]!
        if (pixels <= waitingPixels && view.target.number - first.target.number < longestWait) break
        due.push(take(oldest()))
      }
      return due
    },
    rest: () => [...groups.keys()].map(take),
  }
}

function areaOf({ width, height }: Window): number {
  return width * height
}

function batchSize(window: Window): number {
  return Math.min(mostImages, Math.max(1, Math.floor(batchPixels / areaOf(window))))
}

/** N×3×H×W, normalized. */
export function imagesOf({ views }: Batch, normalization: Normalization): Tensor {
  const { width, height } = views[0]!.window
  const size = 3 * width * height
  const data = new Float32Array(views.length * size)
  views.forEach(({ image, window, mirror }, index) =>
    normalizeWindow(image, window, mirror, normalization, data.subarray(index * size, (index + 1) * size)),
  )
  return { shape: [views.length, 3, height, width], data }
}
