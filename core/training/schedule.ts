import { assertNever } from '../base/errors.ts'
import type { EpochRecord } from './events.ts'
import type { Recipe, Schedule } from './recipe.ts'

/** What schedule and early stop remember of the epochs so far. Plain JSON; checkpoints hold it. */
export interface ScheduleState {
  /** Lowest validation top-1 error (without validation images: training loss) so far. */
  readonly best: number | null
  /** Epochs since then. */
  readonly sinceBest: number
  /** Epochs since then or since the last drop of the rate, whichever was later. */
  readonly waited: number
  /** How often a plateau has lowered the rate. */
  readonly drops: number
}

/** A place in a run. */
export interface ScheduleMoment {
  /** Whole epochs done. */
  readonly epoch: number
  /** Updates done in the running epoch, and how many an epoch has. */
  readonly step: number
  readonly stepsPerEpoch: number
}

type Optimization = Recipe['optimization']

export const initialScheduleState: ScheduleState = { best: null, sinceBest: 0, waited: 0, drops: 0 }

/** The state after one more epoch. */
export function advanceSchedule(
  schedule: Schedule,
  state: ScheduleState,
  epoch: Pick<EpochRecord, 'validation' | 'trainingLoss'>,
): ScheduleState {
  const measure = epoch.validation?.top1Error ?? epoch.trainingLoss
  if (state.best === null || measure < state.best) return { ...state, best: measure, sinceBest: 0, waited: 0 }
  const next = { ...state, sinceBest: state.sinceBest + 1, waited: state.waited + 1 }
  const drops =
    schedule.kind === 'plateau' && next.waited >= schedule.patience && next.drops < schedule.maxDrops
  return drops ? { ...next, waited: 0, drops: next.drops + 1 } : next
}

/** Whether early stopping ends the run here. */
export function stopsEarly({ earlyStop }: Optimization, state: ScheduleState): boolean {
  return earlyStop !== null && state.sinceBest >= earlyStop.patience
}

/**
 * The rate of the next update. Plateau: the paper's (§3.1), divided by `factor` whenever the validation error has not
 * fallen for `patience` epochs. Step: divided every N epochs, or at half and three quarters of the run. Cosine: down to `final`, update by update
 * (Loshchilov & Hutter 2017, without restarts). Warm-up: rises linearly from one update's share to the whole rate.
 */
export function learningRate(
  optimization: Optimization,
  state: ScheduleState,
  moment: ScheduleMoment,
): number {
  const { schedule } = optimization
  const done = moment.epoch + moment.step / moment.stepsPerEpoch
  const rate = scheduled(optimization, state, done, moment.epoch)
  const warmup = schedule.warmup?.epochs ?? 0
  if (done >= warmup) return rate
  return rate * Math.min(1, (done + 1 / moment.stepsPerEpoch) / warmup)
}

function scheduled(optimization: Optimization, state: ScheduleState, done: number, epoch: number): number {
  const { schedule, learningRate: rate, epochs } = optimization
  switch (schedule.kind) {
    case 'plateau':
      return rate / schedule.factor ** state.drops
    case 'step':
      return rate / schedule.factor ** stepDrops(schedule.every, epoch, epochs)
    case 'cosine':
      return cosine(optimization, schedule.final, done)
    case 'constant':
      return rate
    default:
      return assertNever(schedule)
  }
}

/** How often the rate has dropped after this many epochs. */
function stepDrops(every: number | null, done: number, epochs: number): number {
  if (every !== null) return Math.floor(done / every)
  return [0.5, 0.75].filter((share) => done >= Math.max(1, Math.round(share * epochs))).length
}

function cosine({ learningRate: rate, epochs, schedule }: Optimization, final: number, done: number): number {
  const warmup = Math.min(schedule.warmup?.epochs ?? 0, epochs)
  const way = Math.min(1, Math.max(0, (done - warmup) / Math.max(epochs - warmup, Number.EPSILON)))
  return final + ((rate - final) * (1 + Math.cos(Math.PI * way))) / 2
}
