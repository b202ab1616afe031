import { StudioError } from '../base/errors.ts'
import { imagePath } from '../dataset/import.ts'
import { splits, type Manifest, type Split } from '../dataset/types.ts'
import { executionOf } from '../engine/execution.ts'
import { evaluate } from '../evaluation/evaluate.ts'
import { mostBytes } from '../evaluation/probabilities.ts'
import { parseProtocol } from '../evaluation/protocol.ts'
import type { ScalePreset } from '../evaluation/scales.ts'
import type { Evaluation } from '../evaluation/types.ts'
import type { Changed, Id } from '../registry/types.ts'
import { noticeChanged } from './changed.ts'
import { modelOf, openCheckpoint } from './checkpoints.ts'
import type { JobContext } from './context.ts'
import { openUnfinished, splitHash } from './evaluationFiles.ts'
import { selectForModel, type ExecutionInput } from './selectExecution.ts'

export interface EvaluateInput extends ExecutionInput {
  readonly run: string
  /** Default `test`. */
  readonly split?: Split | undefined
  /** Default: best. */
  readonly checkpoint?: string | undefined
  /** Shorter sides, pixels, or a preset; default: the training scale, or the middle of its range. */
  readonly scales?: ScalePreset | readonly number[] | undefined
  readonly views?: string | undefined
  readonly flips?: boolean | undefined
  /** Another data set with the same classes; default: the run's own. */
  readonly dataset?: string | undefined
}

export interface EvaluateResult extends Omit<Evaluation, 'predictions'>, Changed {
  readonly evaluation: Id
  readonly run: Id
  readonly checkpoint: string
  readonly dataset: Id
  readonly split: Split
}

/** Evaluates a run on a split of a data set, and records the result with each image's prediction. */
export async function evaluateRun(context: JobContext, input: EvaluateInput): Promise<EvaluateResult> {
  const { registry, signal } = context
  const run = registry.runs.get(input.run)
  const dataset = registry.datasets.get(input.dataset ?? run.dataset ?? missingDataset(run.id))
  const split = checkSplit(input.split ?? 'test')
  const { kind, checkpoint } = await openCheckpoint(context, run, input.checkpoint)
  const manifest = registry.datasets.manifest(dataset.id)
  checkClasses(manifest, checkpoint.classes, dataset.name)
  const changed = await noticeChanged(context, dataset, manifest, (image) => image.split === split)
  const positions = [...manifest.images.keys()].filter((index) => manifest.images[index]!.split === split)
  const protocol = parseProtocol(protocolChoices(input), checkpoint.recipe.data)
  const place = await selectForModel(context, input, checkpoint)
  const row = registry.checkpoints.list(run.id).find((one) => one.kind === kind)!
  const source = { epoch: row.epoch, step: row.step, splitHash: splitHash(manifest, positions) }
  sayDisk(context, positions.length, manifest.classes.length)
  const execution = executionOf(place.engine, place.execution)
  const unfinished = openUnfinished(context.home, run.id, {
    protocol,
    source,
    dataset: dataset.id,
    split,
    execution,
    changed,
  })
  const itemAt = new Map(positions.map((position, item) => [position, item]))
  if (unfinished.done > 0) sayResumed(context, unfinished.done, positions.length)
  const result = await evaluate({
    ...modelOf(checkpoint),
    items: positions.map((position) => itemOf(manifest, position)),
    protocol,
    ...place,
    earlier: unfinished.earlier().map((one) => ({ ...one, item: itemAt.get(one.item)! })),
    onRow: (one) => unfinished.writer.add({ ...one, item: positions[one.item]! }),
    onProgress: (progress) => context.emit({ event: 'progress', phase: 'evaluate', ...progress }),
    signal,
  }).catch((error: unknown) => {
    unfinished.writer.close()
    throw error
  })
  // Of the split's items; from here on of the data set's images.
  const ofImages = <Entry extends { readonly item: number }>(entries: readonly Entry[]): readonly Entry[] =>
    entries.map((entry) => ({ ...entry, item: positions[entry.item]! }))
  const { predictions, ...rest } = result
  const told = {
    ...rest,
    source,
    failures: ofImages(rest.failures),
    ...(changed && { changedFiles: changed }),
  }
  const recordedAt = { run: run.id, checkpoint: kind, dataset: dataset.id, split }
  const recorded = { ...told, predictions: ofImages(predictions) }
  const evaluation = registry.evaluations.add({ ...recordedAt, result: recorded })
  unfinished.finish(evaluation)
  return { evaluation, ...recordedAt, ...told }
}

/** Class probabilities are kept; where they take more than a few megabytes, it is said before. */
function sayDisk({ emit }: JobContext, images: number, classes: number): void {
  const bytes = mostBytes(images, classes)
  if (bytes < 10e6) return
  const message = `The class probabilities of ${images} images will take up to ${Math.ceil(bytes / 1e6)} MB on the disk.`
  emit({ event: 'notice', code: 'disk-use', message })
}

function sayResumed({ emit }: JobContext, done: number, images: number): void {
  const message = `Going on after ${done} of ${images} images, which the same evaluation had done before it was broken off.`
  emit({ event: 'notice', code: 'evaluation-resumed', message })
}

function protocolChoices({ views, scales, flips }: EvaluateInput): object {
  return {
    ...(views === undefined ? {} : { views }),
    ...(scales === undefined ? {} : { scales }),
    ...(flips === undefined ? {} : { flips }),
  }
}

function itemOf(manifest: Manifest, position: number): { path: string; label: number } {
  const image = manifest.images[position]!
  return { path: imagePath(manifest, image), label: image.label }
}

function checkSplit(split: string): Split {
  if ((splits as readonly string[]).includes(split)) return split as Split
  throw new StudioError('invalid-split', { split, splits })
}

function checkClasses(manifest: Manifest, classes: readonly string[], name: string): void {
  if (manifest.classes.join('\n') === classes.join('\n')) return
  throw new StudioError('other-classes', { dataset: name, classes })
}

function missingDataset(run: Id): never {
  throw new StudioError('not-found', { what: 'dataset-to-evaluate', run })
}
