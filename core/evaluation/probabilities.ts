import { errorOf, StudioError, throwIfAborted, type ErrorFact } from '../base/errors.ts'
import type { Tensor } from '../base/tensor.ts'
import type { Predictor } from '../engine/types.ts'
import type { Loader, Normalization, RenderedImage } from '../pipeline/types.ts'
import { collectBatches, imagesOf, type Batch, type Target } from './batches.ts'
import { progressOf } from './progress.ts'
import type { Failure, Progress } from './types.ts'
import { windowOf, type CropPlan, type CropView, type Form } from './views.ts'

export interface ProbabilitiesInput {
  readonly plan: CropPlan
  readonly loader: Pick<Loader, 'renditions'>
  readonly normalization: Normalization
  /** Paths of the loader's items, to name failures by. */
  readonly paths: readonly string[]
  /** Positions of the items to look at; default: all. */
  readonly order?: Uint32Array | undefined
  readonly classes: number
  /** Opens the network in a form that the plan wants, once each. */
  readonly open: (form: Form) => Promise<Predictor>
  /** Called when the network is open, in all its forms: from here on it computes. */
  readonly onOpen?: (() => void) | undefined
  /** Called for each image that could be evaluated, in order: its class probabilities, which sum to 1. */
  readonly onRow: (item: number, row: Float64Array) => void
  /** What an image counts in `onProgress`; default 1. */
  readonly stepsPerImage?: number | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Largest image that is evaluated densely, in pixels. The first layers of a VGG need 64 floats per pixel, twice:
 * this bounds them to about 2 GB, which only extreme aspect ratios exceed.
 */
const densePixels = 4_000_000

/**
 * Class probabilities of images under a plan, one image after the other: logits per view, softmax, weighted mean (§3.2).
 * Memory is bounded whatever the number of images: rows are handed over and forgotten.
 * @returns images that could not be evaluated, by position
 * @throws StudioError `canceled`, or `not-finite` where the network's output is not a number
 */
export async function classProbabilities(input: ProbabilitiesInput): Promise<readonly Failure[]> {
  const { plan, paths, loader, signal } = input
  const order = input.order ?? Uint32Array.from(paths, (_, item) => item)
  throwIfAborted(signal)
  const predictors = await openAll(input)
  input.onOpen?.()
  const failures: Failure[] = []
  try {
    const run = runner(input, predictors)
    const batches = collectBatches()
    const exit = inOrder(input, order.length)
    let number = 0
    for await (const rendered of loader.renditions({ renditions: plan.renditions, order })) {
      throwIfAborted(signal)
      const target = {
        item: rendered.position,
        number: number++,
        row: new Float64Array(input.classes),
        missing: plan.views.length,
      }
      const reason = failureOf(rendered, plan)
      if (reason !== null) {
        failures.push({ item: target.item, path: paths[target.item]!, reason })
        exit.done({ ...target, missing: 0 }, false)
        continue
      }
      for (const batch of waitingViews(rendered, plan, target).flatMap((view) => batches.add(view))) {
        throwIfAborted(signal)
        for (const finished of await run(batch)) exit.done(finished, true)
      }
    }
    for (const batch of batches.rest()) {
      throwIfAborted(signal)
      for (const finished of await run(batch)) exit.done(finished, true)
    }
    throwIfAborted(signal)
  } finally {
    for (const predictor of predictors.values()) await predictor.dispose()
  }
  return failures.sort((a, b) => a.item - b.item)
}

/**
 * What each view of one image says: its class probabilities, in the plan's order. Their weighted mean is the image's.
 * @param rendered of the plan's renditions
 * @throws StudioError what is wrong with the image; `not-finite`
 */
export async function viewProbabilities(
  input: Pick<ProbabilitiesInput, 'plan' | 'normalization' | 'classes' | 'open'>,
  rendered: RenderedImage,
): Promise<readonly Float64Array[]> {
  const { plan, classes } = input
  const reason = failureOf(rendered, plan)
  if (reason !== null) throw errorOf(reason)
  const predictors = await openAll(input)
  try {
    const run = runner(input, predictors)
    const batches = collectBatches()
    const targets = plan.views.map((_, number) => ({
      item: rendered.position,
      number,
      row: new Float64Array(classes),
      missing: 1,
    }))
    const views = targets.map((target, index) => ({
      ...waitingView(rendered, plan, plan.views[index]!),
      weight: 1,
      target,
    }))
    for (const batch of [...views.flatMap((view) => batches.add(view)), ...batches.rest()]) await run(batch)
    return targets.map(({ row }) => row)
  } finally {
    for (const predictor of predictors.values()) await predictor.dispose()
  }
}

type Opening = Pick<ProbabilitiesInput, 'plan' | 'open'>

async function openAll({ plan, open }: Opening): Promise<ReadonlyMap<Form, Predictor>> {
  const opened = new Map<Form, Predictor>()
  try {
    for (const form of new Set(plan.views.map((view) => view.form))) opened.set(form, await open(form))
    return opened
  } catch (error) {
    for (const predictor of opened.values()) await predictor.dispose()
    throw error
  }
}

function waitingViews({ images }: Pick<RenderedImage, 'images'>, plan: CropPlan, target: Target) {
  return plan.views.map((view) => ({ ...waitingView({ images }, plan, view), target }))
}

function waitingView({ images }: Pick<RenderedImage, 'images'>, { crop }: CropPlan, view: CropView) {
  const image = images[view.rendition]!
  return { ...view, image, window: windowOf(view, crop, image) }
}

/** Runs a batch, and returns the images that have all their views then. */
function runner(
  { normalization, classes }: Pick<ProbabilitiesInput, 'normalization' | 'classes'>,
  predictors: ReadonlyMap<Form, Predictor>,
) {
  return async (batch: Batch): Promise<readonly Target[]> => {
    const logits = await predictors.get(batch.form)!.logits(imagesOf(batch, normalization))
    const { data } = softmax(logits)
    return batch.views.flatMap(({ target, weight }, index) => {
      for (let label = 0; label < classes; label++)
        target.row[label]! += weight * data[index * classes + label]!
      return --target.missing === 0 ? [target] : []
    })
  }
}

/** Hands rows over in the order of the images: those of rare sizes are finished later than others after them. */
function inOrder({ onRow, stepsPerImage = 1, onProgress }: ProbabilitiesInput, images: number) {
  const waiting = new Map<number, { readonly target: Target; readonly isRow: boolean }>()
  const progress = progressOf(images, stepsPerImage, onProgress)
  let next = 0
  return {
    done(target: Target, isRow: boolean): void {
      waiting.set(target.number, { target, isRow })
      for (let ready = waiting.get(next); ready; ready = waiting.get(next)) {
        waiting.delete(next++)
        if (ready.isRow) onRow(ready.target.item, ready.target.row)
      }
      progress.advance()
    },
  }
}

function failureOf({ images, failure }: RenderedImage, plan: CropPlan): ErrorFact | null {
  if (failure !== null) return failure
  for (const { form, rendition } of plan.views) {
    const { width, height } = images[rendition]!
    if (form !== 'plain' && width * height > densePixels) {
      const { scale } = plan.renditions[rendition]!
      return { code: 'too-large-densely', values: { scale, width, height } }
    }
  }
  return null
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

function notFinite(): StudioError {
  return new StudioError('not-finite', { what: 'outputs' })
}
