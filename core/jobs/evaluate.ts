import { StudioError } from '../base/errors.ts'
import { imagePath } from '../dataset/imagePath.ts'
import { splits, type Split } from '../dataset/types.ts'
import { executionOf } from '../engine/execution.ts'
import { evaluate } from '../evaluation/evaluate.ts'
import { maxBytes, readRows } from '../evaluation/storedProbabilities.ts'
import { describeProtocol, parseProtocol } from '../evaluation/protocol.ts'
import type { Evaluation, Row, SoFar } from '../evaluation/types.ts'
import type { Changed, Id } from '../registry/types.ts'
import { agreementWithReference, earlierEvaluations, type EarlierEvaluation } from './evaluation/agreement.ts'
import { refuseMissing } from './dataset/reachable.ts'
import { noticeChanged } from './dataset/changed.ts'
import { chooseCheckpoint, modelOf, readCheckpoint, type CheckpointReference } from './context/checkpoints.ts'
import type { JobContext, WorkContext } from './context/context.ts'
import type { HomeContext } from './context/home.ts'
import { splitImages, type SplitImages, type ReadSplit } from './dataset/splitImages.ts'
import type { EvaluateInput } from './evaluation/evaluateInput.ts'
import { openUnfinished, splitHash, type Unfinished } from './evaluation/evaluationFiles.ts'
import { selectForModel, type Selected } from './training/selectExecution.ts'
import type { Note } from './evaluation/unfinished.ts'

export interface EvaluateResult extends Omit<Evaluation, 'predictions'>, Changed {
  readonly evaluation: Id
  readonly run: Id
  readonly checkpoint: string
  readonly dataset: Id
  readonly split: Split
}

/** What an evaluation needs besides the files of images and checkpoint. */
export interface EvaluationOrder {
  /** Its run and data set by id. */
  readonly input: EvaluateInput
  readonly checkpoint: CheckpointReference
  readonly images: SplitImages
  /** Evaluations of the run that its numbers may be compared with; none where it is made by the usual engine in fp32. */
  readonly earlier: readonly EarlierEvaluation[]
}

/**
 * Evaluates a run on a split of a data set, and records the result with each image's prediction. What was done when it is
 * interrupted stays, and the same input continues it.
 */
export const evaluateRun = async (context: JobContext, input: EvaluateInput): Promise<EvaluateResult> =>
  workEvaluation(context, orderEvaluation(context, input))

/** @throws StudioError `not-found`, `dataset-missing`, `invalid-split`, `no-checkpoint` */
export function orderEvaluation(
  context: HomeContext,
  input: EvaluateInput,
  imagesOf: ReadSplit = splitImages(context.registry),
): EvaluationOrder {
  const { registry } = context
  const run = registry.runs.get(input.run)
  const split = checkSplit(input.split ?? 'test')
  const dataset = registry.datasets.get(input.dataset ?? run.dataset ?? missingDataset(run.id))
  const { id } = dataset
  refuseMissing(dataset)
  return {
    input: { ...input, run: run.id, ...(input.dataset !== undefined && { dataset: id }) },
    checkpoint: chooseCheckpoint(context, run, input.checkpoint),
    images: imagesOf(id, split),
    earlier: isUsual(input) ? [] : earlierEvaluations(registry, run.id),
  }
}

/** @throws StudioError `other-classes`, those of readCheckpoint and selectForModel, `canceled` */
export async function workEvaluation(context: WorkContext, order: EvaluationOrder): Promise<EvaluateResult> {
  const { signal } = context
  const { input } = order
  const { dataset, split, classes, images, positions } = order.images
  const { run } = order.checkpoint
  const { kind, checkpoint } = await readCheckpoint(context.home, order.checkpoint)
  checkClasses(classes, checkpoint.classes, dataset.name)
  const changed = await noticeChanged(context, dataset, images)
  const { views, scales, flips } = input
  const protocol = parseProtocol({ views, scales, flips }, checkpoint.recipe.data)
  const selected = await selectForModel(context, input, checkpoint)
  const { epoch, step } = order.checkpoint
  const source = { epoch, step, splitHash: splitHash(classes, images) }
  sayDisk(context, images.length, classes.length)
  const unfinished = openUnfinished(context.home, run.id, {
    protocol,
    source,
    dataset: dataset.id,
    split,
    execution: executionOf(selected.engine, selected.execution),
    changed,
  })
  const itemAt = new Map(positions.map((position, item) => [position, item]))
  const toItems = (rows: Iterable<Row>): Iterable<Row> =>
    Iterator.from(rows).map((one) => ({ ...one, item: itemAt.get(one.item)! }))
  const items = images.map((image) => ({ path: imagePath(dataset, image), label: image.label }))
  const model = { ...modelOf(checkpoint), protocol }
  if (unfinished.done > 0) sayResumed(context, unfinished.done, images.length)
  const notes = progressNotes(unfinished, {
    input,
    protocolText: describeProtocol(protocol),
    checkpoint: kind,
    dataset: dataset.id,
    split,
    images: images.length,
  })
  const clock = stopwatch()
  const result = await evaluate({
    ...model,
    items,
    ...selected,
    earlier: toItems(unfinished.earlier()),
    onOpen: clock.start,
    onRow: (one) => {
      clock.count()
      unfinished.writer.add({ ...one, item: positions[one.item]! })
    },
    onProgress(progress) {
      notes.update(progress.soFar ?? null)
      context.emit({ event: 'progress', phase: 'evaluate', ...progress })
    },
    signal,
  }).catch((error: unknown) => {
    sayKept(context, notes.interrupted(), images.length)
    throw error
  })
  const secondsPerImage = clock.secondsPerImage()
  const path = unfinished.complete()
  const agreement = isReference(input, selected)
    ? undefined
    : await agreementWithReference(context, {
        run: run.id,
        earlier: order.earlier,
        source,
        model,
        items,
        threads: selected.execution.threads,
        rows: () => toItems(readRows(path)),
        toItems,
      }).catch((error: unknown) => {
        unfinished.release()
        throw error
      })
  // Indices of the split's items; from here on, of the data set's images.
  const ofImages = <Entry extends { readonly item: number }>(entries: readonly Entry[]): readonly Entry[] =>
    entries.map((entry) => ({ ...entry, item: positions[entry.item]! }))
  const { predictions, ...rest } = result
  const told = {
    ...rest,
    source,
    secondsPerImage,
    ...(agreement && { agreement }),
    failures: ofImages(rest.failures),
    ...(changed && { changedFiles: changed }),
  }
  const recordedAt = { run: run.id, checkpoint: kind, dataset: dataset.id, split }
  const recorded = { ...told, predictions: ofImages(predictions) }
  const evaluation = await context
    .record('evaluation', { ...recordedAt, result: recorded })
    .catch((error: unknown) => {
      unfinished.release()
      throw error
    })
  unfinished.finish(evaluation)
  return { evaluation, ...recordedAt, ...told }
}

/** Milliseconds between two notes of how far an evaluation is. */
const notePause = 2000

/** Keeps how far an evaluation is beside its rows: now and then, and when it is interrupted. */
function progressNotes(unfinished: Unfinished, about: Omit<Note, 'soFar'>) {
  let soFar: SoFar | null = null
  let noted = -Infinity
  const note = (): void => unfinished.note({ ...about, soFar })
  return {
    update(latest: SoFar | null): void {
      soFar = latest
      if (performance.now() - noted < notePause) return
      noted = performance.now()
      note()
    },
    /** @returns how many images are kept */
    interrupted(): number {
      unfinished.writer.close()
      if (soFar) note()
      return soFar?.images ?? 0
    },
  }
}

function stopwatch() {
  let [since, images] = [0, 0]
  return {
    start: () => void (since = performance.now()),
    count: () => void images++,
    secondsPerImage: () => (images > 0 ? (performance.now() - since) / 1000 / images : null),
  }
}

/** Whether nothing else than what the numbers are compared with was asked for. */
function isReference(input: EvaluateInput, { engine: own, execution }: Selected): boolean {
  if (isUsual(input)) return true
  return execution.precision === 'fp32' && own.name === 'onnxruntime' && execution.device === 'cpu'
}

/** Whether no engine, device or precision was asked for: then it is fp32. */
const isUsual = ({ engine = 'auto', device = 'auto', precision = 'auto' }: EvaluateInput): boolean =>
  engine === 'auto' && device === 'auto' && (precision === 'auto' || precision === 'fp32')

/** Class probabilities are kept; where they take more than a few megabytes, it is said before. */
function sayDisk({ emit }: WorkContext, images: number, classes: number): void {
  const bytes = maxBytes(images, classes)
  if (bytes < 10e6) return
  emit({ event: 'notice', code: 'disk-use', values: { images, bytes } })
}

function sayResumed({ emit }: WorkContext, done: number, images: number): void {
  emit({ event: 'notice', code: 'evaluation-resumed', values: { done, images } })
}

function sayKept({ emit, signal }: WorkContext, done: number, images: number): void {
  if (done === 0 || !signal.aborted) return
  emit({ event: 'notice', code: 'evaluation-kept', values: { done, images } })
}

function checkSplit(split: string): Split {
  if ((splits as readonly string[]).includes(split)) return split as Split
  throw new StudioError('invalid-split', { split, splits })
}

function checkClasses(own: readonly string[], classes: readonly string[], name: string): void {
  if (own.join('\n') === classes.join('\n')) return
  throw new StudioError('other-classes', { dataset: name, classes })
}

function missingDataset(run: Id): never {
  throw new StudioError('not-found', { what: 'dataset-to-evaluate', run })
}
