import { join } from 'node:path'
import { factOf, type ErrorFact } from '../../base/errors.ts'
import { openLog } from '../../base/log.ts'
import type { EngineName, Precision } from '../../engine/types.ts'
import type { BatchResult } from '../tasks/batch.ts'
import { openContext, type JobContext } from '../context/context.ts'
import type { ActivationsInput } from '../tasks/activations.ts'
import type { AugmentedCrop, CropsInput } from '../tasks/crops.ts'
import type { EnginesState } from '../tasks/engines.ts'
import type { DevicesResult } from '../tasks/devices.ts'
import type { FiltersInput } from '../tasks/filters.ts'
import type { DatasetReport } from '../tasks/health.ts'
import type { DenseMapInput, DenseMapResult } from '../tasks/denseMap.ts'
import type { HeatMapInput, HeatMapResult } from '../tasks/heatMap.ts'
import type { ImageViews, ImageViewsInput } from '../tasks/imageViews.ts'
import type { ActivationPictures, FilterPictures } from '../tasks/insidePictures.ts'
import type { DifferencesInput, EvaluationDifference } from '../statistics/differences.ts'
import type { ClassCurvePoints, EvaluationStatistics } from '../statistics/evaluation.ts'
import type { SlicesInput, SlicesResult } from '../statistics/slices.ts'
import type { Suspects, SuspectsInput } from '../statistics/suspects.ts'
import type { DifferenceInput, DifferenceResult } from '../difference.ts'
import { openDiskCache, type DiskCache } from '../../base/diskCache.ts'
import type { PredictInput, PredictResult } from '../predict.ts'
import type { KeptPredictor, LearningProgress, PredictorChoice, TriedImage } from '../tasks/predictor.ts'
import type { Id } from '../../registry/types.ts'

/**
 * A process that lives as long as its parent and does the small things that would keep the server's thread busy:
 * thumbnails, previews, predictions. Started with an IPC channel and the home folder as its argument.
 */
export interface Tasks {
  /** Written to `cachePath` too, where that is given. */
  readonly thumbnail: {
    readonly input: {
      readonly path: string
      readonly side: number
      readonly lenient: boolean
      readonly cachePath: string | null
    }
    readonly output: Uint8Array
  }
  readonly crops: { readonly input: CropsInput; readonly output: readonly (AugmentedCrop | null)[] }
  readonly batch: {
    readonly input: { readonly run: Id; readonly count: number }
    readonly output: BatchResult
  }
  readonly predict: { readonly input: PredictInput; readonly output: PredictResult }
  /** Opens the network that `predict` will be asked for. */
  readonly openPredictor: { readonly input: PredictorChoice; readonly output: null }
  /** Learns for a while what it needs to say how unlike the training images an image is. */
  readonly learnReference: { readonly input: PredictorChoice; readonly output: LearningProgress | null }
  readonly triedImage: { readonly input: { readonly path: string }; readonly output: TriedImage }
  readonly filters: { readonly input: FiltersInput; readonly output: FilterPictures }
  readonly heatMap: { readonly input: HeatMapInput; readonly output: HeatMapResult }
  readonly denseMap: { readonly input: DenseMapInput; readonly output: DenseMapResult }
  readonly imageViews: { readonly input: ImageViewsInput; readonly output: ImageViews }
  readonly activations: { readonly input: ActivationsInput; readonly output: ActivationPictures }
  readonly health: { readonly input: { readonly dataset: Id }; readonly output: DatasetReport }
  readonly statistics: {
    readonly input: { readonly evaluation: Id }
    readonly output: EvaluationStatistics
  }
  readonly classCurves: {
    readonly input: { readonly evaluation: Id; readonly labels: readonly number[] }
    readonly output: readonly ClassCurvePoints[]
  }
  readonly differences: {
    readonly input: DifferencesInput
    readonly output: readonly EvaluationDifference[]
  }
  readonly suspects: { readonly input: SuspectsInput; readonly output: Suspects }
  readonly slices: { readonly input: SlicesInput; readonly output: SlicesResult }
  readonly difference: { readonly input: DifferenceInput; readonly output: DifferenceResult }
  readonly engines: { readonly input: null; readonly output: EnginesState }
  readonly devices: { readonly input: null; readonly output: DevicesResult }
  readonly speed: {
    readonly input: { readonly engine: EngineName; readonly device: string; readonly precision: Precision }
    readonly output: null
  }
}

export type TaskName = keyof Tasks

export interface TaskRequest {
  readonly id: number
  readonly task: TaskName
  readonly input: unknown
}

export type TaskAnswer =
  { readonly id: number; readonly output: unknown } | { readonly id: number; readonly error: ErrorFact }

type Handlers = {
  readonly [Name in TaskName]: (input: Tasks[Name]['input']) => Promise<Tasks[Name]['output']>
}

const handlers: Handlers = {
  async thumbnail({ path, side, lenient, cachePath }) {
    const { thumbnail } = await import('../../image/encode.ts')
    const bytes = await thumbnail(path, side, { lenient })
    // The caller need not wait until the folder is tidy.
    if (cachePath !== null) void thumbnailCache().write(cachePath, bytes)
    return bytes
  },
  crops: async (input) => (await import('../tasks/crops.ts')).augmentedCrops(input),
  batch: async (input) => (await import('../tasks/batch.ts')).lastBatch(context(), input),
  predict: (input) => inTurn((kept) => kept.predict(input)),
  openPredictor: (input) => inTurn((kept) => kept.open(input)).then(() => null),
  learnReference: (input) => inTurn((kept) => kept.learn(input)),
  triedImage: async ({ path }) => (await import('../tasks/predictor.ts')).triedImage(path),
  filters: async (input) => (await import('../tasks/insidePictures.ts')).filterPictures(context(), input),
  heatMap: async (input) => (await import('../tasks/heatMap.ts')).heatMap(context(), input),
  denseMap: async (input) => (await import('../tasks/denseMap.ts')).denseMap(context(), input),
  imageViews: async (input) => (await import('../tasks/imageViews.ts')).imageViews(context(), input),
  activations: async (input) => (await insides())(input),
  health: async (input) => (await import('../tasks/health.ts')).datasetReport(context(), input),
  statistics: async (input) =>
    (await import('../statistics/evaluation.ts')).evaluationStatistics(context(), input),
  classCurves: async (input) => (await import('../statistics/evaluation.ts')).classCurves(context(), input),
  differences: async (input) =>
    (await import('../statistics/differences.ts')).evaluationDifferences(context(), input),
  suspects: async (input) => (await import('../statistics/suspects.ts')).suspectsOf(context(), input),
  slices: async (input) => (await import('../statistics/slices.ts')).evaluationSlices(context(), input),
  difference: async (input) => (await import('../difference.ts')).datasetDifference(context(), input),
  engines: async () => (await import('../tasks/engines.ts')).enginesState(context().home.folder),
  devices: async () => (await import('../tasks/devices.ts')).listDevices(),
  async speed(place) {
    await (await import('../tasks/speed.ts')).measureSpeed(context().home.folder, place)
    return null
  },
}

/** Thumbnails of some hundred thousand images. */
const thumbnailBytes = 1_000_000_000
let kept: DiskCache | undefined
const thumbnailCache = (): DiskCache =>
  (kept ??= openDiskCache(join(context().home.cache, 'thumbnails'), {
    limit: thumbnailBytes,
    interval: thumbnailBytes / 50,
  }))

let opened: JobContext | undefined
const context = (): JobContext => (opened ??= openContext({ home: process.argv[2] }))

let opening: Promise<KeptPredictor> | undefined
let before: Promise<unknown> = Promise.resolve()

/** One prediction after the other: they share the open network. */
async function inTurn<Result>(work: (kept: KeptPredictor) => Promise<Result>): Promise<Result> {
  opening ??= import('../tasks/predictor.ts').then(({ openPredictor }) => openPredictor(context()))
  const kept = await opening
  const result = before.then(() => work(kept))
  before = result.catch(() => undefined)
  return result
}

let looking: Promise<(input: ActivationsInput) => Promise<ActivationPictures>> | undefined

/** One look after the other: they share the open network too. */
async function insides(): Promise<(input: ActivationsInput) => Promise<ActivationPictures>> {
  looking ??= Promise.all([import('../tasks/activations.ts'), import('../tasks/insidePictures.ts')]).then(
    ([{ openInsides }, { activationPictures }]) => {
      const opened = openInsides(context())
      let last: Promise<unknown> = Promise.resolve()
      return (input) => {
        const result = last.then(() => activationPictures(opened, input))
        last = result.catch(() => undefined)
        return result
      }
    },
  )
  return looking
}

const log = openLog('helper')

process.on('message', ({ id, task, input }: TaskRequest) => {
  log(`task ${id}: ${task}`)
  const handler = handlers[task] as (input: unknown) => Promise<unknown>
  handler(input).then(
    (output) => answer({ id, output }),
    (error: unknown) => answer({ id, error: factOf(error) }),
  )
})
process.on('disconnect', () => {
  // The last to close it takes along what SQLite keeps beside it.
  opened?.registry.close()
  process.exit()
})
process.on('SIGINT', () => undefined)

function answer(message: TaskAnswer): void {
  log(`task ${message.id} ${'error' in message ? `failed: ${message.error.code}` : 'done'}`)
  if (process.connected) process.send!(message, () => undefined)
}
