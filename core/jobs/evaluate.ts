import { StudioError } from '../base/errors.ts'
import { imagePath } from '../dataset/imagePath.ts'
import { splits, type Manifest, type Split } from '../dataset/types.ts'
import { executionOf } from '../engine/execution.ts'
import { evaluate } from '../evaluation/evaluate.ts'
import { maxBytes, readRows } from '../evaluation/storedProbabilities.ts'
import { describeProtocol, parseProtocol } from '../evaluation/protocol.ts'
import type { Evaluation, Row, SoFar } from '../evaluation/types.ts'
import type { Changed, Id } from '../registry/types.ts'
import { agreementWithReference } from './evaluation/agreement.ts'
import { noticeChanged } from './dataset/changed.ts'
import { modelOf, openCheckpoint } from './context/checkpoints.ts'
import type { JobContext } from './context/context.ts'
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

/**
 * Evaluates a run on a split of a data set, and records the result with each image's prediction. What was done when it is
 * interrupted stays, and the same input continues it.
 */
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
  const { views, scales, flips } = input
  const protocol = parseProtocol({ views, scales, flips }, checkpoint.recipe.data)
  const selected = await selectForModel(context, input, checkpoint)
  const row = registry.checkpoints.list(run.id).find((one) => one.kind === kind)!
  const source = { epoch: row.epoch, step: row.step, splitHash: splitHash(manifest, positions) }
  sayDisk(context, positions.length, manifest.classes.length)
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
  const items = positions.map((position) => itemOf(manifest, position))
  const model = { ...modelOf(checkpoint), protocol }
  if (unfinished.done > 0) sayResumed(context, unfinished.done, positions.length)
  const notes = progressNotes(unfinished, {
    input: { ...input, run: run.id, ...(input.dataset !== undefined && { dataset: dataset.id }) },
    protocolText: describeProtocol(protocol),
    checkpoint: kind,
    dataset: dataset.id,
    split,
    images: positions.length,
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
    sayKept(context, notes.interrupted(), positions.length)
    throw error
  })
  const secondsPerImage = clock.secondsPerImage()
  const path = unfinished.complete()
  const agreement = isReference(input, selected)
    ? undefined
    : await agreementWithReference(context, {
        run: run.id,
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
  const evaluation = registry.evaluations.add({ ...recordedAt, result: recorded })
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
function isReference(
  { engine = 'auto', device = 'auto' }: EvaluateInput,
  { engine: own, execution }: Selected,
): boolean {
  if (execution.precision !== 'fp32') return false
  const isAsked = engine !== 'auto' || device !== 'auto'
  return !isAsked || (own.name === 'onnxruntime' && execution.device === 'cpu')
}

/** Class probabilities are kept; where they take more than a few megabytes, it is said before. */
function sayDisk({ emit }: JobContext, images: number, classes: number): void {
  const bytes = maxBytes(images, classes)
  if (bytes < 10e6) return
  emit({ event: 'notice', code: 'disk-use', values: { images, bytes } })
}

function sayResumed({ emit }: JobContext, done: number, images: number): void {
  emit({ event: 'notice', code: 'evaluation-resumed', values: { done, images } })
}

function sayKept({ emit, signal }: JobContext, done: number, images: number): void {
  if (done === 0 || !signal.aborted) return
  emit({ event: 'notice', code: 'evaluation-kept', values: { done, images } })
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
