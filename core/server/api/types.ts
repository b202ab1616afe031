import type { ErrorReport } from '../../base/errors.ts'
import type { ConfirmedLabel, Correction, CorrectionChange } from '../../dataset/types.ts'
import type { CorrectionStep } from '../../registry/corrections.ts'
import type { DatasetImage, Problem, Split, Statistics } from '../../dataset/types.ts'
import type { TestedDevice } from '../../engine/selection/selfTest.ts'
import type { EngineName, Precision } from '../../engine/types.ts'
import type { Metric } from '../../evaluation/metric.ts'
import type { Outline } from '../../evaluation/outlines.ts'
import type { ScalePreset } from '../../evaluation/scales.ts'
import type { ImageOrder } from '../../registry/pages.ts'
import type { Protocol, RankedClass, ViewsName } from '../../evaluation/types.ts'
import type { DenseMapResult } from '../../jobs/tasks/denseMap.ts'
import type { HeatMapResult } from '../../jobs/tasks/heatMap.ts'
import type { ImageViews } from '../../jobs/tasks/imageViews.ts'
import type { ActivationPictures, FilterPictures, Sheet } from '../../jobs/tasks/insidePictures.ts'
import type { BatchResult } from '../../jobs/tasks/batch.ts'
import type { AugmentedCrop } from '../../jobs/tasks/crops.ts'
import type { DevicesResult } from '../../jobs/tasks/devices.ts'
import type { LogLine } from '../../jobs/recording/runLog.ts'
import type { PredictResult } from '../../jobs/predict.ts'
import type { DifferenceResult } from '../../jobs/difference.ts'
import type { ModelSizes } from '../../export/modelSize.ts'
import type { RunTemperature } from '../../jobs/statistics/temperatures.ts'
import type { SettingChange } from '../../messages/types.ts'
import type { ComparedEvaluation, ComparedRun, Comparison } from '../../queries/compare.ts'
import type { PlanDetails } from '../../queries/plans.ts'
import type { RunSummary } from '../../queries/runs.ts'
import type { RunDetails } from '../../queries/show.ts'
import type { ImageInfo } from '../../image/types.ts'
import type { Shown } from '../../messages/shown.ts'
import type { NetworkFeatures } from '../../network/architectures/index.ts'
import type { SettingField } from '../../network/architectures/entry.ts'
import type { Family } from '../../network/architectures/names.ts'
import type { LayerDescription, NetworkDescription } from '../../network/cost.ts'
import type { Layer, Network } from '../../network/types.ts'
import type { Changed, Dataset, EnsembleRow, EvaluationRow, ExportRow, Id } from '../../registry/types.ts'
import type { PlacedImage } from '../../registry/pages.ts'
import type { EpochRecord } from '../../training/events.ts'
import type { Duration } from '../../training/duration.ts'
import type { Recipe } from '../../training/recipe.ts'
import type { Attribution, WeightsEntry } from '../../weights/entry.ts'
import type { Job } from '../queue/types.ts'

/** What the API answers where it is not one of core's own types. All plain JSON; times are ISO 8601, UTC. */

/** The body of every answer with a status of 400 or more. */
export interface ErrorBody {
  readonly error: ErrorReport
}

/** One page of a list: `total` counts all that match. */
export interface Page<Entry> {
  readonly total: number
  readonly offset: number
  readonly entries: readonly Entry[]
}

// — the machine —————————————————————————————————————————————————————————————

export interface SystemInfo {
  readonly version: string
  /** The home folder. */
  readonly home: string
  readonly platform: string
  readonly cores: number
  /** Bytes. */
  readonly memory: { readonly total: number; readonly available: number }
  /** Bytes free where the home folder lies. */
  readonly diskFree: number
  /** Where the window runs: Electron chooses folders with the system's dialog, a browser with GET /api/folders. */
  readonly shell: 'electron' | 'browser'
  /** True until there is a data set. */
  readonly firstStart: boolean
}

export interface DeviceInfo extends Shown<TestedDevice> {
  /** One for each precision that works. */
  readonly speeds: readonly DeviceSpeed[]
}

export interface DeviceSpeed {
  readonly precision: Precision
  /** Multiply-adds a second while training, as measured here; null before the first measurement. */
  readonly speed: number | null
  readonly measured: string | null
}

export interface DeviceList extends Pick<DevicesResult, 'engines'> {
  /** The preferred first. */
  readonly devices: readonly DeviceInfo[]
  /** How many devices and precisions are measured, while that is going on. */
  readonly measuring: { readonly done: number; readonly total: number } | null
}

export const guideStates = ['offered', 'open', 'done'] as const

export interface Settings {
  readonly theme: 'system' | 'light' | 'dark'
  /** What shares of images are told as; answers of the API are errors whatever it says. */
  readonly metric: Metric
  /** The offer of the sample data set was answered with no. */
  readonly sampleDismissed: boolean
  /** The guided first run: offered at the first start, being followed, or done with. */
  readonly guide: (typeof guideStates)[number]
  readonly notifications: boolean
}

/** Bytes. */
export interface StorageUse {
  readonly home: string
  readonly runs: number
  readonly exports: number
  /** What was installed. */
  readonly engines: number
  readonly cache: number
  readonly registry: number
  readonly free: number
}

/** A data set that comes with the studio. */
export interface Sample {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly folder: string
  readonly classes: number
  readonly images: number
  /** Once it was imported. */
  readonly dataset: Id | null
}

// — folders —————————————————————————————————————————————————————————————————

export interface FolderListing {
  /** Null: the list of roots. */
  readonly path: string | null
  /** Folders that data sets came from, the latest first; with the roots only. */
  readonly recent: readonly FolderEntry[]
  /** Null at a root. */
  readonly parent: string | null
  readonly folders: readonly FolderEntry[]
  /** Image files directly in this folder, counted up to 1,000. */
  readonly images: number
}

export interface FolderEntry {
  readonly name: string
  /** Absolute. */
  readonly path: string
}

export interface ChosenFolder {
  /** Absolute, links resolved: what import, relocate and export take. */
  readonly path: string
  readonly name: string
  /** Names of subfolders, at most 50: what look like classes or splits. */
  readonly subfolders: readonly string[]
  /** Names of CSV files right in it, at most 50: one may hold the labels. */
  readonly lists: readonly string[]
}

// — data sets ———————————————————————————————————————————————————————————————

export interface DatasetSummary extends Dataset {
  /** The source folder is there. */
  readonly available: boolean
  /** Newest version of its name. */
  readonly newest: boolean
  readonly runs: number
}

export interface DatasetDetails extends DatasetSummary {
  readonly statistics: Statistics
  readonly versions: readonly { readonly id: Id; readonly version: number; readonly created: string }[]
}

export type Severity = 'info' | 'warning' | 'error'

/** What a person should look at, with the filter of GET images (or problems) that shows it. */
export interface Finding {
  readonly code:
    | 'unusable-files'
    | 'corrected'
    | 'exact-duplicates'
    | 'near-duplicates'
    | 'leakage'
    | 'conflicting-labels'
    | 'imbalance'
    | 'few-images'
    | 'no-validation'
    | 'no-test'
    | 'small-images'
    | 'not-in-training'
    | 'not-held-out'
    | 'aspect-ratio'
    | 'misnamed'
    | 'encoding'
    | 'similar-classes'
  readonly severity: Severity
  readonly message: string
  readonly hint: string
  readonly count: number
  readonly filter: ImageIssue | 'unusable' | null
  /** How many images POST …/corrections/remedy would leave out. */
  readonly remedy: number
}

/** What images can be filtered by besides class and split. */
export const imageIssues = ['duplicate', 'near-duplicate', 'leakage', 'conflict', 'small'] as const
export type ImageIssue = (typeof imageIssues)[number]

export interface ClassCounts extends Readonly<Record<Split, number>> {
  readonly label: number
  readonly name: string
  readonly total: number
}

/** Distribution of numbers: range, middle, and how many lie in each part of the range. */
export interface Histogram {
  readonly minimum: number
  readonly median: number
  readonly maximum: number
  readonly bins: readonly { readonly from: number; readonly to: number; readonly count: number }[]
}

export interface Health {
  readonly dataset: Id
  readonly findings: readonly Finding[]
  readonly classes: readonly ClassCounts[]
  /** Files left out, by reason. */
  readonly problems: readonly { readonly code: string; readonly count: number; readonly example: string }[]
  /** Pixels. */
  readonly shorterSide: Histogram
  /** Splits that the folder itself has, as folders; the others were drawn here. Null: its CSV file says what is what. */
  readonly stated: readonly Split[] | null
  /** Id of the preset that they are first tried with. */
  readonly preset: string
  /** Width ÷ height. */
  readonly aspectRatio: Histogram
  readonly colorModes: readonly { readonly name: ImageInfo['colorMode']; readonly count: number }[]
  readonly withAlpha: number
  readonly with16Bits: number
  readonly formats: readonly { readonly name: string; readonly count: number }[]
  readonly bytes: number
}

/** Images that are the same (`exact`) or nearly so; across splits that is leakage, across classes a conflict. */
export interface DuplicateGroup {
  readonly kind: 'exact' | 'near'
  readonly acrossSplits: boolean
  readonly acrossClasses: boolean
  readonly images: readonly ImageEntry[]
}

/** `position` in the data set names it in every address; width and height as seen, pixels. */
export type ImageEntry = PlacedImage

export interface ImageDetails extends DatasetImage {
  readonly position: number
  readonly class: string
  /** Absolute. */
  readonly file: string
  readonly issues: readonly ImageIssue[]
}

export interface ProblemEntry extends Shown<Problem> {
  /** Names it in the address of its picture. */
  readonly position: number
}

/** What a person decided about single files, for all versions of a data set alike. Ordered by path. */
export interface CorrectionList {
  /** The newest version: `applied` were made with it, `pending` wait for the next one. */
  readonly newest: Id
  readonly applied: readonly Correction[]
  readonly pending: readonly CorrectionChange[]
  /** Labels that a person found right; one that has changed since is not the label that was meant. */
  readonly confirmed: readonly ConfirmedLabel[]
}

export interface CorrectionsChanged extends CorrectionList {
  /** How many files it was about. */
  readonly changed: number
  /** What PATCH …/corrections takes to have it as before. */
  readonly undo: CorrectionStep
}

/** What became of a data set's files since it was imported: of each list at most 1,000. */
export interface DatasetDifference extends Omit<DifferenceResult, 'dataset' | 'name' | 'version'> {
  readonly counts: Readonly<Record<'missing' | 'changed' | 'moved' | 'added', number>>
  /** When this was seen. */
  readonly checked: string
}

// — a new run ———————————————————————————————————————————————————————————————

/** What a recipe would cost here. */
export interface CostEstimate {
  readonly parameters: number
  /** Forward, one image. */
  readonly multiplyAdds: number
  readonly memory: {
    /** Bytes at the worst moment of the run. */
    readonly needed: number
    readonly available: number
    readonly total: number
    readonly fits: boolean
    readonly microBatch: number
    /** The least change that makes it fit; null where it fits, or nothing tried is enough. */
    readonly fix: MemoryFix | null
  }
  readonly checkpointBytes: number
  /** Where it would compute: the fastest of what the recipe leaves open. */
  readonly device: string
  readonly engine: EngineName
  readonly precision: Precision
  /** Why the network can't be trained there; null where it can. */
  readonly unsupported: ErrorReport | null
  /** Seconds of the run and of its parts; null where nothing is known of the machine yet, or there is no data set. */
  readonly seconds: (Duration & { readonly trials: number }) | null
  readonly updatesPerEpoch: number | null
}

/** What to set so that a run fits in memory. */
export interface MemoryFix {
  readonly changes: readonly {
    /** `data.crop`, `network.fcWidth`. */
    readonly setting: string
    readonly from: unknown
    readonly to: unknown
  }[]
  /** Bytes that it needs then. */
  readonly needed: number
}

export interface RecipeCheck {
  /** The recipe with every default filled in; null where something is wrong. */
  readonly recipe: Recipe | null
  /** What was said of it, which is what a run is started with: defaults may follow from what it starts from. */
  readonly asked: Readonly<Record<string, unknown>> | null
  readonly issues: readonly RecipeIssue[]
  readonly network: NetworkDescription | null
  /** The network by name, see namedNetwork. */
  readonly networkName: string | null
  readonly cost: CostEstimate | null
  readonly schedule: SchedulePreview | null
  /** What is hardly ever meant: to be asked before the start. */
  readonly questions: readonly RecipeQuestion[]
}

export interface RecipeQuestion {
  /** `optimization.learningRate` */
  readonly setting: string
  readonly reason: string
  /** What is usual there. */
  readonly proposal: unknown
}

export interface RecipeIssue {
  /** `optimization.learningRate`; empty where it concerns the whole. */
  readonly path: string
  readonly message: string
  readonly hint: string | null
}

export interface SchedulePreview {
  /** Epochs done (fractions too), and the rate of the next update. */
  readonly points: readonly { readonly epoch: number; readonly learningRate: number }[]
  /** A plateau's drops follow the errors and can't be foreseen: one possible course is shown. */
  readonly example: boolean
  /** Settings that can do nothing in a run of these epochs, with the reason. */
  readonly withoutEffect: readonly { readonly setting: string; readonly reason: string }[]
}

/** A network to choose, with the rest of the recipe as it is. */
export interface ConfigurationCard {
  readonly family: Family
  readonly config: string
  /** The configuration whose card it shares: `A` of A-LRN. */
  readonly card: string
  /** Null where the network cannot take the recipe's crop. */
  readonly built: {
    readonly network: NetworkDescription
    readonly cost: CostEstimate
  } | null
  /** Smallest crop that it takes, pixels. */
  readonly leastCrop: number
}

/** A network by its name, as a diagram shows it. */
export interface NetworkView extends Omit<NetworkDescription, 'layers'> {
  /** See namedNetwork. */
  readonly name: string
  readonly title: string
  readonly input: Network['input']
  readonly classes: number
  readonly outputs: Network['outputs']
  readonly layers: readonly LayerView[]
}

export interface LayerView extends LayerDescription {
  /** What it is: kernel, stride, inputs, … */
  readonly layer: Layer
  /** What it owns, by canonical name. */
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[]
}

/** A family of networks in the window. */
export interface FamilyView {
  readonly family: Family
  /** `VGG` */
  readonly title: string
  readonly configs: readonly string[]
  /** Whether there are several networks of it, so that a deeper one may start from a shallower one. */
  readonly isStaged: boolean
  readonly settings: readonly SettingField[]
}

/** Weights that are here. */
export interface KnownWeights extends WeightsEntry {
  /** The settings of their network without those of its head, which a new run may choose otherwise. */
  readonly features: NetworkFeatures
}

/** An augmented crop of a data set's image. */
export interface JitteredCrop extends Omit<AugmentedCrop, 'picture'> {
  readonly position: number
  readonly label: number
  /** `data:image/webp;base64,…`, crop × crop. */
  readonly picture: string
}

// — runs ————————————————————————————————————————————————————————————————————

/** Settings that a list of runs can show. */
export const runSettings = [
  'optimization.learningRate',
  'optimization.batchSize',
  'data.crop',
  'data.scale',
  'optimization.schedule.kind',
  'optimization.weightDecay',
  'initialization.kind',
  'seed',
] as const
export type RunSetting = (typeof runSettings)[number]

export interface RunEntry extends Shown<RunSummary> {
  readonly settings: Readonly<Record<RunSetting, unknown>>
  /** Its latest evaluation on test images; null where there is none, or nobody asked for it. */
  readonly test: Pick<EvaluationEntry, 'id' | 'top1Error' | 'images' | 'protocolText'> | null
  /** The job that trains it, while queued or running. */
  readonly job: Job | null
  /** Results of the last epoch. */
  readonly last: Pick<EpochRecord, 'trainingLoss' | 'trainingError' | 'validation'> | null
}

export interface RunPage extends Page<RunEntry> {
  /** Tags of all runs. */
  readonly tags: readonly string[]
  /** Runs in the home folder that the registry does not know. */
  readonly lost: readonly Id[]
  /** Where the registry was damaged as the server started, and rebuilt; null else. */
  readonly rebuilt: {
    /** Where the damaged file is. */
    readonly kept: string
    /** Rows of it that could still be read. */
    readonly rows: number
    /** Names of runs that were in none of them, restored from their folders. */
    readonly restored: readonly string[]
  } | null
}

export interface RunView extends Omit<Shown<RunDetails>, 'epochs' | 'recipe' | 'evaluations'> {
  readonly recipe: Recipe
  /** Done. */
  readonly epochs: number
  readonly best: RunSummary['best']
  /** What its evaluation looks at where nothing else is asked for, by views. */
  readonly defaultProtocols: Readonly<Record<ViewsName, Pick<Protocol, 'scales' | 'flips'>>>
  readonly last: EpochRecord | null
  readonly job: Job | null
  /** Changes with which a failed run can be started again; empty where none is known. */
  readonly remedy: readonly SettingChange[]
  /** Ids of the runs that started from this one. */
  readonly children: readonly Id[]
  /** Advice that still holds, the newest last. */
  readonly warnings: readonly LogEntry[]
  readonly evaluations: readonly EvaluationEntry[]
  /** What predictions and exports of its checkpoints can be calibrated with. */
  readonly temperatures: readonly Pick<RunTemperature, 'checkpoint' | 'temperature' | 'images'>[]
  readonly multiplyAdds: number
  readonly parameters: number
  readonly exportSizes: ModelSizes
  /** See namedNetwork. */
  readonly networkName: string
  /** Attribution of the weights that it started from. */
  readonly attribution: Attribution | null
}

export interface EpochCurves {
  readonly total: number
  /** Ascending; with more epochs than asked for, those with each stretch's extremes, and the best and last always. */
  readonly epochs: readonly EpochRecord[]
  readonly best: RunSummary['best']
}

/** A plan, with the job that carries it out while that is queued or works. */
export interface PlanView extends PlanDetails {
  readonly job: Job | null
}

/** The runs that a plan would have. */
export interface PlanCheck {
  /** Settings that are not the same in all runs. */
  readonly varied: readonly string[]
  readonly runs: readonly {
    /** Values of the settings that vary. */
    readonly values: readonly (string | null)[]
    /** Place of the run that it starts from; null: from scratch. */
    readonly source: number | null
    readonly config: string
    readonly scale: Recipe['data']['scale']
    readonly learningRate: number
    readonly epochs: number
    /** Null where nothing is known of the machine yet. */
    readonly seconds: number | null
  }[]
  /** Seconds of all runs, or of what halving leaves of them. */
  readonly seconds: number | null
}

/** Columns of equal length, by update; thinned so that no extreme of loss, error or memory is lost. */
export interface StepCurve {
  readonly total: number
  readonly step: readonly number[]
  /** Epochs done, with fractions. */
  readonly epoch: readonly number[]
  readonly loss: readonly number[]
  readonly error: readonly number[]
  readonly learningRate: readonly number[]
  readonly imagesPerSecond: readonly (number | null)[]
  /** Seconds in the epoch so far. */
  readonly dataWait: readonly number[]
  /** Bytes of main memory that the run's process held. */
  readonly memory: readonly (number | null)[]
  /** Bytes of the device's own memory; null where that is the machine's, or where nobody tells. */
  readonly deviceMemory: readonly (number | null)[]
}

export interface LogEntry extends Pick<LogLine, 'time' | 'level'> {
  readonly code: string
  readonly message: string
  readonly hint: string | null
  /** Counts from 0 in each run. */
  readonly line: number
}

export interface BatchPictures extends Pick<BatchResult, 'epoch' | 'step'> {
  readonly batchSize: number
  readonly crops: readonly JitteredCrop[]
}

export interface Deleted {
  readonly run: Id
  readonly name: string
  /** Time until which POST /api/runs/:run/restore brings it back. */
  readonly until: string
}

// — evaluations, comparison, prediction, export —————————————————————————————

export interface EvaluationEntry extends Omit<EvaluationRow, 'result'>, Changed {
  readonly protocolText: string
  readonly images: number
  readonly top1Error: number
  readonly top1Interval: { readonly low: number; readonly high: number }
  readonly top5Error: number | null
}

export interface EvaluationView extends Omit<EvaluationRow, 'result'> {
  readonly runName: string
  readonly result: EvaluationRow['result']
}

/** One evaluated image, and what the evaluation looked at. */
export interface EvaluatedImageDetails {
  readonly image: EvaluatedImage
  /** In the list that was asked for; null where it is not in it. */
  readonly place: number | null
  readonly outlines: readonly Outline[]
  readonly flips: boolean
}

/** As the registry sorts, or by how much images look like one of them. */
export type ImageSort = ImageOrder | 'similar'

/** What each view of an evaluated image says, and their mean, by the checkpoint as it is now. */
export type ImageViewsAnswer = ImageViews

export interface EvaluatedImage extends ImageEntry {
  readonly predicted: number
  /** Probability of the predicted class, 0–1. */
  readonly confidence: number
  /** At most five, most probable first. */
  readonly top: readonly RankedClass[]
}

export interface RunCurve extends Omit<ComparedRun, 'dataset'> {
  readonly dataset: Pick<NonNullable<ComparedRun['dataset']>, 'dataset' | 'name' | 'version'> | null
}

export interface ComparisonView extends Pick<Comparison, 'settings' | 'evaluateOn' | 'choices'> {
  readonly runs: readonly RunCurve[]
  readonly evaluations: readonly (Omit<ComparedEvaluation, 'evaluations'> & {
    /** In the order of the runs. */
    readonly ids: readonly Id[]
  })[]
}

/** What an evaluation would look at, and what that costs. */
export interface EvaluationPlan {
  /** Null where it cannot be done so. */
  readonly protocol: Protocol | null
  readonly protocolText: string | null
  /** Why not. */
  readonly issue: ErrorReport | null
  /** Pixels; null where the images cannot reach a scale. */
  readonly presets: Readonly<Record<ScalePreset, readonly number[] | null>>
  readonly images: number
  /** Forward passes for one image, mirrored ones among them. */
  readonly crops: number
  readonly passes: number
  /** Seconds for all images; null where no speed was measured here yet. */
  readonly seconds: number | null
  /** What the class probabilities take on the disk, at most. */
  readonly bytes: number
  /** One of the images, and what is looked at of it. */
  readonly picture: (ImageEntry & { readonly dataset: Id; readonly outlines: readonly Outline[] }) | null
}

export interface EnsembleView extends EnsembleRow {
  readonly datasetName: string | null
  readonly evaluations: readonly {
    readonly evaluation: Id
    readonly run: Id
    readonly runName: string
    readonly checkpoint: string
    readonly protocolText: string
    readonly images: number
    readonly top1Error: number
    readonly top5Error: number | null
  }[]
}

/** An image on which two evaluations differ. */
export interface DifferingImage extends ImageEntry {
  readonly predictions: readonly [RankedClass, RankedClass]
}

/** An image that was tried, and what the network saw of it. Width and height as seen, pixels. */
export interface SeenImage {
  readonly width: number
  readonly height: number
  readonly outlines: readonly Outline[]
  /** What it is, where it is an image of the run's data set. */
  readonly truth?: { readonly class: string; readonly path: string; readonly split: Split }
  /** `data:image/webp;base64,…` of an uploaded one: upright, over white where it is transparent. */
  readonly picture?: string
}

export interface PredictionAnswer extends Pick<
  PredictResult,
  'run' | 'checkpoint' | 'protocolText' | 'execution' | 'temperature'
> {
  readonly seconds: number
  readonly predictions: readonly (Omit<PredictResult['predictions'][number], 'path'> &
    SeenImage & { readonly name: string })[]
  readonly failures: readonly { readonly name: string; readonly reason: string }[]
  /** Paths of images that are not as in their data set any more; absent where all are. */
  readonly changed?: readonly string[]
}

/** A sheet for a window: `data:image/png;base64,…` */
export interface SheetPicture extends Omit<Sheet, 'picture'> {
  readonly picture: string
}

export interface FiltersAnswer extends Omit<FilterPictures, 'sheet'> {
  readonly sheet: SheetPicture
}

/** A class's probability at each place of a whole image; pictures as data URLs. */
export interface DenseMapAnswer extends Omit<DenseMapResult, 'seen' | 'heat' | 'values'> {
  /** Greatest probability of the map. */
  readonly greatest: number
  readonly seen: string
  readonly heat: string
}

/** The two pictures are `data:image/png;base64,…` */
export interface HeatMapAnswer extends Omit<HeatMapResult, 'seen' | 'heat'> {
  readonly seen: string
  readonly heat: string
}

export interface ActivationsAnswer extends Omit<ActivationPictures, 'sheet'> {
  readonly sheet: SheetPicture
  readonly seconds: number
}

export interface ExportView extends ExportRow {
  readonly runName: string
  /** Null where the folder was moved or deleted. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[] | null
  /** The folder that holds them. */
  readonly folder: string
  /** The picture on which the export differs most from its run; `image` is null where it is none of the data set. */
  readonly worst: {
    readonly name: string
    readonly image: { readonly dataset: Id; readonly position: number } | null
    /** Class that each puts first. */
    readonly source: string
    readonly exported: string
  } | null
  /** Code that loads it, and where: `Python`, `Node.js`, `torchvision`. */
  readonly snippets: readonly { readonly title: string; readonly language: string; readonly code: string }[]
}
