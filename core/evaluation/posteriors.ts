import { StudioError, throwIfAborted } from '../base/errors.ts'
import type { Tensor } from '../base/tensor.ts'
import type { Predictor } from '../engine/types.ts'
import type { LoadedBatch, Loader } from '../pipeline/types.ts'
import { progressOf, type ProgressCounter } from './progress.ts'
import type { Pass } from './protocol.ts'
import type { Failure, Progress } from './types.ts'

/** Class posteriors of every image under a protocol. */
export interface Posteriors {
  /** images × classes; each row sums to 1, except those of failures, which mean nothing. */
  readonly values: Float64Array
  readonly classes: number
  /** By position, ascending. */
  readonly failures: readonly Failure[]
}

export interface PosteriorsInput {
  readonly passes: readonly Pass[]
  readonly loader: Pick<Loader, 'views'>
  /** Paths of the loader's items, to name failures by. */
  readonly paths: readonly string[]
  readonly classes: number
  /** Opens the network in the form that a pass wants; one at a time is open. */
  readonly open: (form: Pass['form']) => Promise<Predictor>
  readonly onProgress?: ((progress: Progress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Largest image that is evaluated densely, in pixels. The first layers of a VGG need 64 floats per pixel, twice:
 * this bounds them to about 2 GB, which only extreme aspect ratios exceed.
 */
const densePixels = 4_000_000

/**
 * Runs the passes over all images: logits per view, softmax, mean over flips, weighted sum over passes (§3.2).
 * A view that yields several crops of an image (multi-crop) will repeat its position and divide the weight.
 * @throws StudioError `canceled`, or `not-finite` where the network's output is not a number
 */
export async function classPosteriors(input: PosteriorsInput): Promise<Posteriors> {
  const { passes, paths, classes, open, signal } = input
  const values = new Float64Array(paths.length * classes)
  const failures = new Map<number, Failure>()
  const progress = progressOf(passes, paths.length, input.onProgress)
  for (const form of ['plain', 'dense'] as const) {
    const ofForm = passes.filter((pass) => pass.form === form)
    if (ofForm.length === 0) continue
    throwIfAborted(signal)
    const predictor = await open(form)
    progress.start()
    try {
      for (const pass of ofForm) await runPass(input, { pass, predictor, values, failures, progress })
    } finally {
      await predictor.dispose()
    }
  }
  return { values, classes, failures: [...failures.values()].sort((a, b) => a.item - b.item) }
}

interface Running {
  readonly pass: Pass
  readonly predictor: Predictor
  /** Added to. */
  readonly values: Float64Array
  /** Added to. */
  readonly failures: Map<number, Failure>
  readonly progress: ProgressCounter
}

async function runPass({ loader, paths, signal }: PosteriorsInput, running: Running): Promise<void> {
  const { pass, predictor, values, failures, progress } = running
  for await (const batch of loader.views({ view: pass.view, microBatch: microBatch(pass) })) {
    throwIfAborted(signal)
    if (!noteFailures(batch, pass, paths, failures)) {
      add(values, await batchPosteriors(predictor, batch.images, pass.flips), batch.items, pass.weight)
    }
    progress.advance(pass, batch.items.length)
  }
  throwIfAborted(signal)
}

/** Softmax of each view's logits, averaged with that of its mirror image. N×classes. */
async function batchPosteriors(predictor: Predictor, images: Tensor, flips: boolean): Promise<Tensor64> {
  const direct = softmax(await predictor.logits(images))
  if (!flips) return direct
  const flipped = softmax(await predictor.logits(mirror(images)))
  return { shape: direct.shape, data: direct.data.map((value, index) => (value + flipped.data[index]!) / 2) }
}

/** The tensor with its last dimension (width) reversed, in new memory. */
export function mirror(images: Tensor): Tensor {
  const width = images.shape.at(-1)!
  const data = images.data.slice()
  for (let start = 0; start < data.length; start += width) data.subarray(start, start + width).reverse()
  return { shape: images.shape, data }
}

/** Like Tensor, in double precision. */
interface Tensor64 {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/**
 * Softmax of each row of N×classes logits, in double precision.
 * @throws StudioError `not-finite`
 */
export function softmax(logits: Tensor): Tensor64 {
  const classes = logits.shape.at(-1)!
  const data = Float64Array.from(logits.data)
  for (let start = 0; start < data.length; start += classes) {
    const row = data.subarray(start, start + classes)
    const highest = row.reduce((a, b) => Math.max(a, b), -Infinity)
    if (!row.every((value) => Number.isFinite(value))) throw notFinite()
    row.forEach((value, index) => (row[index] = Math.exp(value - highest)))
    const total = row.reduce((a, b) => a + b, 0)
    row.forEach((value, index) => (row[index] = value / total))
  }
  return { shape: logits.shape, data }
}

function add(values: Float64Array, rows: Tensor64, items: Uint32Array, weight: number): void {
  const classes = rows.shape.at(-1)!
  items.forEach((item, index) => {
    for (let label = 0; label < classes; label++) {
      values[item * classes + label]! += weight * rows.data[index * classes + label]!
    }
  })
}

/** @returns whether no image of the batch is worth running */
function noteFailures(
  batch: LoadedBatch,
  pass: Pass,
  paths: readonly string[],
  failures: Map<number, Failure>,
): boolean {
  for (const { position, path, reason } of batch.failures) {
    failures.set(position, { item: position, path, reason })
  }
  const [, , height, width] = batch.images.shape
  const item = batch.items[0]!
  if (pass.form === 'dense' && height! * width! > densePixels && !failures.has(item)) {
    const reason = `At scale ${pass.view.scale} it is ${width}×${height} pixels, too large to evaluate densely.`
    failures.set(item, { item, path: paths[item]!, reason })
  }
  return batch.items.every((position) => failures.has(position))
}

/** Images per micro-batch: one when sizes differ, else about what 16 images of 224×224 take. */
function microBatch({ view }: Pass): number {
  if (view.kind === 'whole') return 1
  return Math.min(256, Math.max(1, Math.floor((16 * 224 ** 2) / view.crop ** 2)))
}

function notFinite(): StudioError {
  return new StudioError('not-finite', 'The network’s outputs are not finite numbers.', {
    hint: 'Its training diverged: use an earlier checkpoint, or train again with a lower learning rate.',
  })
}
