import type { EngineName, Precision } from '../engine/types.ts'
import type { Config } from '../network/architectures/names.ts'
import type { Augmentation, Distortions } from '../pipeline/types.ts'

/** Work on a network whose images are random numbers: no file is read. */
export interface NetworkBenchmark {
  readonly name: string
  /** `step`: forward, backward and update of one batch. `inference`: forward only. */
  readonly kind: 'step' | 'inference'
  readonly config: Config
  /** Other settings of the network than its family's defaults. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** Side of the square input, pixels. */
  readonly crop: number
  /** Images of a step. */
  readonly batch: number
  readonly classes: number
  /** Width of the FC layers, in networks that end in some. */
  readonly fcWidth: number
  /** Batches of a round: enough to be measured, few enough to take turns often. */
  readonly iterations: number
}

/** Files to class probabilities by a protocol: decoded, resized, cut, through the network, averaged. */
export interface EvaluationBenchmark {
  readonly name: string
  readonly kind: 'evaluation'
  /** dense: the whole image and its mirror image. grid: 5×5 crops and their mirror images. */
  readonly views: 'dense' | 'grid'
  readonly scales: readonly number[]
  readonly config: Config
  readonly crop: number
  readonly classes: number
  readonly fcWidth: number
  /** Files of a round. */
  readonly images: number
  /** Decode threads. */
  readonly workers: number
}

/** Files to augmented, normalized batches; a round is a pass over all files. */
export interface PipelineBenchmark {
  readonly name: string
  readonly kind: 'pipeline'
  /** `first`: the cache is empty and gets filled. `cached`: it is full. */
  readonly pass: 'first' | 'cached'
  readonly crop: number
  /** Shorter side S, uniform in [min, max]. */
  readonly scale: { readonly min: number; readonly max: number }
  /** What the paper does not do to images. */
  readonly distortions?: Partial<Distortions> & Pick<Augmentation, 'crops' | 'cropArea'>
  readonly batch: number
  /** Decode threads; processes of the peer. */
  readonly workers: number
}

export type Benchmark = NetworkBenchmark | EvaluationBenchmark | PipelineBenchmark

/** Where to compute. Left out: as the engine does by itself. */
export interface BenchExecution {
  readonly engine: EngineName | 'auto'
  readonly device?: string | undefined
  readonly precision?: Precision | undefined
  /** Inside one operation, of both. */
  readonly threads: number
}

/** What a child process is asked to do: its first line of input, as JSON. Further lines each ask for one round. */
export interface Task<Execution> {
  readonly benchmark: Benchmark
  readonly execution: Execution
  /** Absolute paths; for pipelines. */
  readonly files: readonly string[]
  /** Folder for decoded images; for pipelines. */
  readonly cache: string
}

/** The peer is asked twice: to find its faster layout, then to run in that, so that the search costs no memory. */
export interface PeerTask extends Task<PeerExecution> {
  readonly layout: Layout | null
  /** torchvision's name of the network; null for pipelines. */
  readonly model: string | null
}

export const peerRuntimes = ['pytorch', 'openvino'] as const
export type PeerRuntime = (typeof peerRuntimes)[number]

export type Layout = 'contiguous' | 'channels_last'

export interface PeerExecution {
  readonly device: 'cpu' | 'cuda'
  /** OpenVINO: for inference and evaluation, on the CPU. */
  readonly runtime: PeerRuntime
  readonly precision: Precision
  readonly threads: number
}

/** What computes in our child. */
export interface OursReady {
  /** `none` for pipelines: no engine takes part. */
  readonly engine: EngineName | 'none'
  readonly device: string
  readonly precision: Precision
}

export interface PeerReady {
  readonly torch: string
  readonly torchvision: string
  readonly device: string
  /** Its version, where it computes. */
  readonly openvino?: string
  /** The faster memory layout, as tried beforehand; null for pipelines and OpenVINO. */
  readonly layout: Layout | null
}

export interface Round {
  readonly seconds: number
  readonly images: number
  /** Bytes of main memory that the process has had at most so far; null where the system does not tell. */
  readonly peakMemory: number | null
}

/** One work in our child, loaded and ready to be run any number of times. */
export interface Job {
  readonly about: OursReady
  /** What comes before a run and is not timed. */
  prepare(): Promise<void>
  /** A round; gives its number of images. */
  run(): Promise<number>
  dispose(): Promise<void>
}

/** Least and greatest. */
export type Spread = readonly [number, number]

/** One work, measured: a line of `--json`. Seconds are medians over the rounds. */
export interface Measurement {
  readonly work: string
  readonly engine: OursReady['engine']
  readonly device: string
  readonly precision: Precision
  readonly threads: number
  readonly secondsPerImage: number
  readonly peakMemory: number | null
  readonly peerSecondsPerImage: number | null
  readonly peerPeakMemory: number | null
  /** The peer's seconds over ours: above 1 we are faster. */
  readonly ratio: number | null
  readonly rounds: number
  /** Over the rounds; of the ratio, over pairs of rounds that followed each other. */
  readonly spread: {
    readonly secondsPerImage: Spread
    readonly peerSecondsPerImage: Spread | null
    readonly ratio: Spread | null
  }
  readonly peer: PeerReady | null
}

export interface BenchProgress {
  /** What is being done, for people. */
  readonly label: string
  readonly done: number
  readonly total: number | null
  readonly secondsLeft: number | null
}
