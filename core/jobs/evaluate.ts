import { StudioError } from '../base/errors.ts'
import { imagePath } from '../dataset/import.ts'
import { splits, type Manifest, type Split } from '../dataset/types.ts'
import { evaluate } from '../evaluation/evaluate.ts'
import { parseProtocol } from '../evaluation/protocol.ts'
import type { ScalePreset } from '../evaluation/scales.ts'
import type { Evaluation } from '../evaluation/types.ts'
import type { Changed, Id } from '../registry/types.ts'
import { noticeChanged } from './changed.ts'
import { modelOf, openCheckpoint } from './checkpoints.ts'
import type { JobContext } from './context.ts'
import { chooseExecution, type ExecutionInput } from './execution.ts'

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
  const result = await evaluate({
    ...modelOf(checkpoint),
    items: positions.map((position) => itemOf(manifest, position)),
    protocol: parseProtocol(protocolChoices(input), checkpoint.recipe.data),
    ...(await chooseExecution(context, input, checkpoint)),
    onProgress: (progress) => context.emit({ event: 'progress', phase: 'evaluate', ...progress }),
    signal,
  })
  // Of the split's items; from here on of the data set's images.
  const ofImages = <Entry extends { readonly item: number }>(entries: readonly Entry[]): readonly Entry[] =>
    entries.map((entry) => ({ ...entry, item: positions[entry.item]! }))
  const { predictions, ...rest } = result
  const told = {
    ...rest,
    failures: ofImages(rest.failures),
    ...(changed && { changedFiles: changed }),
  }
  const place = { run: run.id, checkpoint: kind, dataset: dataset.id, split }
  const recorded = { ...told, predictions: ofImages(predictions) }
  const evaluation = registry.evaluations.add({ ...place, result: recorded })
  return { evaluation, ...place, ...told }
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
  throw new StudioError('invalid-split', `There is no split "${split}".`, {
    hint: `Use ${splits.join(', ')}.`,
  })
}

function checkClasses(manifest: Manifest, classes: readonly string[], name: string): void {
  if (manifest.classes.join('\n') === classes.join('\n')) return
  throw new StudioError(
    'other-classes',
    `The data set "${name}" has other classes than the run was trained on: ${classes.join(', ')}.`,
    { hint: 'Evaluate on a data set with the same class folders.' },
  )
}

function missingDataset(run: Id): never {
  throw new StudioError('not-found', `The data set of run ${run} has been deleted.`, {
    hint: 'Name another data set with the same classes (on the command line: --dataset).',
  })
}
