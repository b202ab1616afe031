import { setImmediate as immediate } from 'node:timers/promises'
import type { Tensors } from '../base/tensor.ts'
import type { Predictor, State, Trainer } from '../engine/types.ts'
import type { Loader } from '../pipeline/types.ts'
import type { CheckpointHeader } from './checkpointHeader.ts'
import type { Progress, Step, TrainingEvent, Warning } from './events.ts'
import type { ImageDynamics } from './imageDynamics.ts'
import type { Failure } from './microBatches.ts'
import type { TrainingPlan, TrainingInput } from './plan.ts'
import { secondsLeft, secondsPerImage, throttled, type Pace } from './progress.ts'

/** A run in training: the only mutable object here. `header` and `trainer` are consistent between two updates. */
export interface Run {
  readonly input: TrainingInput
  readonly plan: TrainingPlan
  readonly report: Reporter
  header: TrainingPlan['header']
  stage: Stage
  trainer: Trainer
  /** Grows with each update. */
  readonly dynamics: ImageDynamics
  pace: Pace
  /** Losses of the latest updates. */
  losses: readonly number[]
  /** How far logits differed between images, in the run's first update and in the latest (see diagnosis.ts). */
  spreads: { readonly first: number | null; readonly latest: number | null }
  saved: { readonly step: number; readonly epoch: number; readonly time: number }
}

/** Epochs with the same frozen layers, and how they are computed: through the whole network, or on features. */
export interface Stage {
  readonly frozen: readonly string[]
  readonly loaders: { readonly training: Loader; readonly validation: Loader | null }
  /** Opens what fits the head as a whole, once prepared; null if that is not possible. */
  readonly fitter: (() => Fitter) | null
  /** Opens a trainer whose state is the whole network's, whatever it trains. */
  openTrainer(state: State): Promise<Trainer>
  /** Predictor for what the loader of validation gives; in fp32, as deployed models compute. */
  openPredictor(weights: Tensors): Promise<Predictor>
  /** Called before an epoch, and again after memory ran out. */
  prepare(run: Run): Promise<'done' | 'stopped'>
  dispose(): Promise<void>
}

/** Trains a head in one update an epoch, each with less weight decay. */
export interface Fitter {
  epoch(run: Run): Promise<'done' | 'stopped'>
  /** Weight decay that an epoch was fitted with; from 0. */
  weightDecay(epoch: number): number
}

export type Part = 'training' | 'validation'

export interface Reporter {
  readonly emit: (event: TrainingEvent) => void
  /** Reports every step: they make the run's curve. */
  readonly step: (event: Step) => void
  /** Reports a few times a second at most. */
  readonly progress: (progress: Progress) => void
  /** Reports each code once in a run's process. */
  readonly warnOnce: (warning: Warning | null) => void
  readonly hasWarned: (code: Warning['code']) => boolean
  /** Reports each file once, and no more than twenty. */
  readonly unreadable: (failures: readonly Failure[]) => void
}

const listedFiles = 20

export function openReporter(emit: (event: TrainingEvent) => void, interval: number): Reporter {
  const warned = new Set<Warning['code']>()
  const files = new Set<string>()
  const reportProgress = throttled(emit, interval)
  return {
    emit,
    step: emit,
    progress: (progress) => reportProgress({ event: 'progress', ...progress }),
    hasWarned: (code) => warned.has(code),
    warnOnce(warning) {
      if (warning === null || warned.has(warning.code)) return
      warned.add(warning.code)
      emit(warning)
    },
    unreadable(failures) {
      for (const failure of failures) {
        if (files.has(failure.path) || files.size >= listedFiles) continue
        files.add(failure.path)
        emit(unreadable(failure, files.size === listedFiles))
      }
    },
  }
}

function unreadable({ path, reason }: Failure, isLast: boolean): Warning {
  return { event: 'warning', code: 'unreadable-image', values: { path, reason, isLast } }
}

/** How far the run is, with this many images of the running phase done. */
export function progressOf(run: Run, phase: Progress['phase'], imagesDone: number, waited = 0): Progress {
  const { header, plan, pace } = run
  const { epoch } = header.position
  const { epochs } = header.recipe.optimization
  const [training, validation] = [plan.labels.length, run.input.validation.length]
  const rest = epochs - epoch - 1
  const left =
    phase === 'training'
      ? { training: training - imagesDone + rest * training, validation: (rest + 1) * validation }
      : { training: rest * training, validation: validation - imagesDone + rest * validation }
  return {
    epoch: epoch + 1,
    epochs,
    phase,
    imagesDone,
    images: phase === 'training' ? training : validation,
    imagesPerSecond: pace.training && 1 / secondsPerImage(pace.training),
    dataWait: header.sums.waited + waited,
    secondsLeft: secondsLeft(pace, { ...left, epochEnds: rest + 1 }),
  }
}

/** Lets signals and messages in, since native steps block the thread. True if the run is to stop. */
export async function stopRequested({ input }: Run): Promise<boolean> {
  await immediate()
  return input.signals?.stop?.aborted ?? false
}

export function headerOf(run: Run, changes: Partial<CheckpointHeader>): TrainingPlan['header'] {
  return { ...run.header, ...changes } as TrainingPlan['header']
}
