import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { StudioError } from '../base/errors.ts'
import { spreadOver } from '../base/spread.ts'
import { imagePath } from '../dataset/imagePath.ts'
import type { DatasetImage } from '../dataset/types.ts'
import type { ExportResult } from '../export/exportModel.ts'
import { exportFormats, imageNeeds, type ExportFormat } from '../export/formatNames.ts'
import type { CardFacts } from '../export/modelCard.ts'
import { safeName } from '../export/safeName.ts'
import type { ExportChoices } from '../export/types.ts'
import type { WeightType } from '../graph/tensorflow/packedWeights.ts'
import { withTemperature } from '../network/logitScale.ts'
import { testScale } from '../pipeline/testScale.ts'
import { freeName } from '../registry/references.ts'
import type { Registry } from '../registry/registry.ts'
import type { Changed, Dataset, EvaluationRow, Id, Run } from '../registry/types.ts'
import { requireTemperature } from './statistics/temperatures.ts'
import { chooseCheckpoint, modelOf, readCheckpoint, type CheckpointReference } from './context/checkpoints.ts'
import { noticeChanged } from './dataset/changed.ts'
import type { JobContext, WorkContext } from './context/context.ts'
import type { Home, HomeContext } from './context/home.ts'
import { selectForModel, type ExecutionInput } from './training/selectExecution.ts'

export interface ExportInput extends ExecutionInput {
  readonly run: string
  readonly format: ExportFormat
  /** Default: outside. */
  readonly preprocessing?: ExportChoices['preprocessing'] | undefined
  /** Whether to write the network as it is applied to whole images; default: no. */
  readonly dense?: boolean | undefined
  /** Images at a time; default: any number. */
  readonly batch?: number | undefined
  /** How a TensorFlow.js model keeps its weights; default: in 32-bit floats. */
  readonly weights?: WeightType | undefined
  /** Folder, absolute or relative to the working directory; default: a new one in the home folder. */
  readonly out?: string | undefined
  /** Whether an export that is there already may be replaced; default: no. */
  readonly overwrite?: boolean | undefined
  /** Default: best. */
  readonly checkpoint?: string | undefined
  /** Whether to put the run's temperature into the last layer; default: as the network is. */
  readonly calibrated?: boolean | undefined
}

export interface ExportedRun extends ExportResult, Changed {
  readonly export: Id
  readonly run: Id
  readonly checkpoint: string
  readonly format: ExportFormat
}

interface UsedImages {
  /** That the export is proved on. */
  readonly samples: readonly DatasetImage[]
  /** That it is calibrated on, of those that were trained on. */
  readonly calibration: readonly DatasetImage[]
}

/** What an export needs besides the files of checkpoint and images. */
export interface ExportOrder {
  readonly input: ExportInput
  readonly checkpoint: CheckpointReference
  readonly temperature: number | undefined
  readonly card: CardFacts
  /** The run's data set; null where it was deleted. */
  readonly dataset: (Pick<Dataset, 'name' | 'version' | 'root' | 'created'> & UsedImages) | null
}

/** Writes a run's network for use elsewhere, and proves that it computes the same. */
export const exportRun = async (context: JobContext, input: ExportInput): Promise<ExportedRun> =>
  workExport(context, orderExport(context, input))

/** @throws StudioError `unknown-format`, `not-found`, `no-checkpoint`, `no-temperature` */
export function orderExport(context: HomeContext, input: ExportInput): ExportOrder {
  checkFormat(input.format)
  const run = context.registry.runs.get(input.run)
  const checkpoint = chooseCheckpoint(context, run, input.checkpoint)
  const temperature = input.calibrated ? requireTemperature(context, run, checkpoint.kind) : undefined
  const card = cardOf(context.registry, run, checkpoint)
  return { input, checkpoint, temperature, card, dataset: imagesOf(context.registry, run, input) }
}

/** @throws StudioError of readCheckpoint, selectForModel and exportModel; `canceled` */
export async function workExport(context: WorkContext, order: ExportOrder): Promise<ExportedRun> {
  const { signal, emit, home, record } = context
  const { input, dataset, temperature } = order
  const { run } = order.checkpoint
  const { format } = input
  const { exportModel } = await import('../export/exportModel.ts')
  const { kind, checkpoint } = await readCheckpoint(home, order.checkpoint)
  const { samples, calibration } = dataset ?? { samples: [], calibration: [] }
  const model = modelOf(checkpoint)
  const changed = dataset && (await noticeChanged(context, dataset, [...samples, ...calibration]))
  const { preprocessing = 'outside', dense = false, batch = 'any', weights } = input
  const result = await exportModel({
    ...model,
    options: checkpoint.network,
    ...(temperature !== undefined && {
      weights: withTemperature(model.network, model.weights, temperature),
      temperature,
    }),
    format,
    choices: { preprocessing, dense, batch, weights },
    mode: checkpoint.recipe.data.mode,
    scale: testScale(checkpoint.recipe.data.scale),
    recipe: checkpoint.recipe,
    card: order.card,
    attribution: checkpoint.attribution,
    samples: samples.map((image) => ({
      path: imagePath(dataset!, image),
      name: image.path,
      label: image.label,
    })),
    calibration: calibration.map((image) => imagePath(dataset!, image)),
    out: input.out === undefined ? ownFolder(home, run.id, format) : resolve(input.out),
    overwrite: input.overwrite === true,
    ...(await selectForModel(context, input, checkpoint)),
    onProgress: (progress) => emit({ event: 'progress', phase: 'export', ...progress }),
    signal,
  })
  const mark = changed ? { changedFiles: changed } : {}
  const { id, path } = await record('export', {
    ...{ run: run.id, checkpoint: kind, format },
    path: input.out === undefined ? relative(home.folder, result.path) : result.path,
    certificate: { ...result.certificate, ...mark },
  })
  return { export: id, run: run.id, checkpoint: kind, format, ...result, ...mark, path }
}

/** A folder in the home folder that is not there yet. */
function ownFolder(home: Home, id: Id, format: ExportFormat): string {
  const taken = (name: string): boolean => existsSync(join(home.exports, name))
  return join(home.exports, freeName(safeName(`${id}-${format}`), taken))
}

const weakestClasses = 5

/** What the run's data set and its latest evaluation of this very checkpoint say, of test images rather than others. */
function cardOf(
  { datasets, evaluations }: Registry,
  { id, name, dataset }: Run,
  { kind, step }: CheckpointReference,
): CardFacts {
  const own = evaluations
    .list(id)
    .filter((one) => one.checkpoint === kind && (one.result.source?.step ?? step) === step)
  const chosen = own.findLast(({ split }) => split === 'test') ?? own.at(-1)
  const data = dataset === null ? null : datasets.get(dataset)
  return {
    name,
    dataset: data && { name: data.name, version: data.version, images: data.images },
    evaluation: chosen === undefined ? null : evaluationFacts(chosen),
  }
}

function evaluationFacts({ split, result }: EvaluationRow): CardFacts['evaluation'] {
  const { protocolText, images, top1Error, top1Interval, top5Error, classes } = result
  const weakest = classes
    .flatMap(({ name, images: count, recall }) => (recall === null ? [] : [{ name, images: count, recall }]))
    .filter(({ recall }) => recall < 1)
    .toSorted((a, b) => a.recall - b.recall)
    .slice(0, weakestClasses)
  return { split, protocol: protocolText, images, top1Error, top1Interval, top5Error, weakest }
}

/** The samples are images that the network was not trained on, spread over the classes; of validation, where there are any. */
function imagesOf(
  { datasets }: Registry,
  run: Run,
  { format, weights }: ExportInput,
): ExportOrder['dataset'] {
  if (run.dataset === null) return null
  const { name, version, root, created } = datasets.get(run.dataset)
  const { images } = datasets.manifest(run.dataset)
  const validation = images.filter(({ split }) => split === 'validation')
  const unseen = validation.length > 0 ? validation : images.filter(({ split }) => split !== 'train')
  const trained = images.filter(({ split }) => split === 'train')
  const { samples, calibrationImages } = imageNeeds(format, { weights })
  return {
    ...{ name, version, root, created },
    samples: spreadOver(unseen, samples),
    calibration: spreadOver(trained, calibrationImages),
  }
}

function checkFormat(format: string): void {
  if (exportFormats.some((name) => name === format)) return
  throw new StudioError('unknown-format', { format, formats: exportFormats })
}
