import type { Reason } from '../messages/types.ts'
import type { Execution } from '../engine/execution.ts'
import type { ResizeMode } from '../image/types.ts'

/**
 * Which parts of an image are evaluated. center: the middle. ten: corners and center (AlexNet). grid: 5×5 crops (VGG
 * §3.2). 144: GoogLeNet's squares and their crops. dense: the whole image; dense-offsets: with OverFeat's pooling
 * offsets. both: dense and grid, averaged.
 */
export const viewsNames = ['center', 'ten', 'grid', '144', 'dense', 'dense-offsets', 'both'] as const
export type ViewsName = (typeof viewsNames)[number]

/**
 * How a number was obtained. Whatever the views: logits per view, softmax, mean over views and flips, mean over scales.
 */
export interface Protocol {
  readonly views: ViewsName
  /** Test scales Q: shorter sides in pixels, ascending, no duplicates. */
  readonly scales: readonly number[]
  /** Averages each view with its mirror image. */
  readonly flips: boolean
  /** Side in pixels of the input that the network was built for. */
  readonly crop: number
  /** How an image is made square for crops; dense views are whole images. */
  readonly mode: ResizeMode
}

/** `total` counts image × scale; `secondsLeft` is null until there is something to judge by. */
export interface Progress {
  readonly done: number
  readonly total: number
  readonly secondsLeft: number | null
  /** Results so far, in evaluations only; null before the first image. */
  readonly soFar?: SoFar | null
}

/** Numbers over the images that are done: a sample of all classes, since images are taken in an order that mixes them. */
export interface SoFar {
  readonly images: number
  /** 0–1. */
  readonly top1Error: number
  readonly top1Interval: Interval
  /** 0–1; null with five classes or fewer. */
  readonly top5Error: number | null
}

export interface RankedClass {
  /** Class index. */
  readonly label: number
  readonly probability: number
}

/** Prediction for one image. */
export interface ImagePrediction {
  /** Position in the evaluated items. */
  readonly item: number
  /** The true class. */
  readonly label: number
  /** Most probable first, at most five. */
  readonly top: readonly RankedClass[]
}

/** An image that could not be evaluated; it counts in no metric. */
export interface Failure {
  /** Position in the evaluated items. */
  readonly item: number
  readonly path: string
  /** Earlier versions stored the sentence. */
  readonly reason: Reason
}

/** 0–1 each; null where the definition divides zero by zero. */
export interface ClassScores {
  /** Images whose true class this is. */
  readonly images: number
  readonly precision: number | null
  readonly recall: number | null
  readonly f1: number | null
}

export interface ClassResult extends ClassScores {
  readonly name: string
}

/** Unweighted means over the classes that have images. */
export interface MacroScores {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/** Bounds of a 95% confidence interval, 0–1. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** Stored result of one image. */
export interface Row {
  /** Position in the items. */
  readonly item: number
  /** One for each class, rounded to 32 bits: what metrics and ensembles are computed from. */
  readonly probabilities: Float32Array
  /** ln p of the true class, before rounding. */
  readonly logProbability: number
}

/** The result of an evaluation, as JSON has it. */
export interface Evaluation {
  readonly protocol: Protocol
  /** The protocol as a line for people. */
  readonly protocolText: string
  /** Images evaluated, failures not among them. */
  readonly images: number
  readonly failures: readonly Failure[]
  /** 0–1. */
  readonly top1Error: number
  readonly top1Interval: Interval
  /** 0–1; null with five classes or fewer. */
  readonly top5Error: number | null
  /** Mean of −ln p(true class), nats. */
  readonly loss: number
  /** Counts, [true][predicted]. */
  readonly confusion: readonly (readonly number[])[]
  readonly classes: readonly ClassResult[]
  readonly macro: MacroScores
  /** What computed it; evaluations of earlier versions lack it, and the next three. */
  readonly execution?: Execution
  readonly source?: EvaluationSource
  /** Seconds for each image while it computed; null where no image was left to compute. */
  readonly secondsPerImage?: number | null
  /** What another engine or precision than the reference changed; absent where it is the reference. */
  readonly agreement?: Agreement
  /** In the items' order, failures left out. */
  readonly predictions: readonly ImagePrediction[]
}

/** The checkpoint and the images that were evaluated. */
export interface EvaluationSource {
  /** The checkpoint's place in training: `best` may be another one later. */
  readonly epoch: number
  readonly step: number
  /** SHA-256 of the split: class names, and path, content and class of each image. */
  readonly splitHash: string
}

/** Agreement between an evaluation and the same one by ONNX Runtime on the CPU in fp32. */
export interface Agreement {
  /** The execution that it is compared with. */
  readonly reference: Execution
  /** Number of images that both evaluated. */
  readonly images: number
  /** Number of them with the same most probable class. */
  readonly same: number
  /** Largest difference of a class probability. */
  readonly largestDifference: number
}

/** Results for the mean of several evaluations' probabilities. */
export type EnsembleResult = Omit<
  Evaluation,
  'protocol' | 'failures' | 'predictions' | 'execution' | 'source' | 'secondsPerImage' | 'agreement'
>

/** Prediction for a file whose class is unknown. */
export interface Prediction {
  readonly path: string
  /** Most probable first. */
  readonly classes: readonly { readonly name: string; readonly probability: number }[]
}

export interface PredictionResult {
  /** What computed it. */
  readonly execution: Execution
  readonly protocol: Protocol
  readonly protocolText: string
  /** In the files' order, failures left out. */
  readonly predictions: readonly Prediction[]
  readonly failures: readonly { readonly path: string; readonly reason: Reason }[]
}
