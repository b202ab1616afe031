import { join } from 'node:path'
import { release } from '../base/tensor.ts'
import type { Execution } from '../engine/execution.ts'
import type { State, Trainer } from '../engine/types.ts'
import { openLoader } from '../pipeline/loader.ts'
import type { Loader } from '../pipeline/types.ts'
import type { Warning } from './events.ts'
import type { MicroBatch } from './microBatch.ts'
import type { Plan, TrainingInput } from './plan.ts'
import { unknownPace } from './progress.ts'
import { openReport, type Run } from './run.ts'
import { warnOfNoEffect } from './withoutEffect.ts'

export async function openRun(input: TrainingInput, plan: Plan): Promise<Run> {
  const { state } = input.start
  const trainer = await openTrainer(input, plan, state)
  // The trainer has its own copy.
  releaseState(state)
  return {
    input,
    plan,
    trainer,
    loaders: {
      training: openSplit(input, plan, 'training'),
      validation: input.validation.length > 0 ? openSplit(input, plan, 'validation') : null,
    },
    report: openReport(input.emit, input.eventInterval ?? 250),
    header: { ...plan.header, execution: executionOf(input, trainer) },
    pace: unknownPace,
    losses: [],
    saved: { step: -1, epoch: -1, time: performance.now() },
  }
}

function openSplit(input: TrainingInput, { header }: Plan, split: 'training' | 'validation'): Loader {
  const { normalization, threads } = header
  const share = input[split].length / (input.training.length + input.validation.length)
  const cache = input.cache && { folder: join(input.cache.folder, split), bytes: input.cache.bytes * share }
  const open = input.openLoader ?? openLoader
  return open({ items: input[split], normalization, threads: threads.decode, cache })
}

/** A large network's state is a gigabyte: not to be kept until the garbage collector gets to it. */
export function releaseState({ weights, momentum }: State): void {
  release(weights)
  release(momentum)
}

/** Disposed once, however often that is asked: where memory lacks for its successor, the run closes it again. */
export async function openTrainer({ engine }: TrainingInput, plan: Plan, state: State): Promise<Trainer> {
  const trainer = await engine.trainer(plan.network, state, plan.trainerOptions)
  let disposed: Promise<void> | undefined
  return { ...trainer, dispose: () => (disposed ??= trainer.dispose()) }
}

export async function closeRun({ trainer, loaders }: Run): Promise<void> {
  await Promise.all([trainer.dispose(), loaders.training.dispose(), loaders.validation?.dispose()])
}

/** Says what the run begins with, and what may go wrong. */
export function announce({ input, plan, header, report }: Run): void {
  const { position, microBatch, threads, recipe } = header
  const { engine, device, precision } = header.execution!
  report.emit({
    event: 'started',
    ...{ engine, device, precision, threads, microBatch },
    batchSize: recipe.optimization.batchSize,
    images: { training: input.training.length, validation: input.validation.length },
    epochs: recipe.optimization.epochs,
    position: { epoch: position.epoch, step: position.step },
  })
  report.warnOnce(warnOfNoEffect(recipe))
  if (plan.chosen?.beyond) report.warnOnce(lowered(plan.chosen, plan.chosen.beyond))
  if (plan.chosen && !plan.chosen.fits) report.warnOnce(lowMemory(plan.chosen))
  report.warnOnce(otherDevice(plan.header.execution, header.execution!))
}

function executionOf({ engine }: TrainingInput, { device, precision }: Trainer): Execution {
  return { engine: engine.name, engineVersion: engine.version, device: device.id, precision }
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`

function lowered({ size }: MicroBatch, { size: asked, needed, available }: MicroBatch): Warning {
  return {
    event: 'warning',
    code: 'micro-batch-lowered',
    message: `Training with ${asked} images at a time, as asked, would take about ${gigabytes(needed)}, and ${gigabytes(available)} of memory are free: it begins with ${size} at a time.`,
    hint: `The run's recipe says ${size} now. For more at a time, close other programs, or lower data.crop or network.fcWidth.`,
  }
}

function lowMemory({ size, needed, available }: MicroBatch): Warning {
  const images = `${size} ${size === 1 ? 'image' : 'images'}`
  return {
    event: 'warning',
    code: 'low-memory',
    message: `Training with ${images} at a time takes about ${gigabytes(needed)}, and of the ${gigabytes(available)} of memory that are free some must stay so.`,
    hint: 'Close other programs, or lower optimization.microBatch, data.crop or network.fcWidth.',
  }
}

function otherDevice(before: Execution | null, now: Execution): Warning | null {
  const text = ({ engine, engineVersion, device, precision }: Execution): string =>
    `${engine} ${engineVersion} on ${device} in ${precision}`
  if (before === null || text(before) === text(now)) return null
  return {
    event: 'warning',
    code: 'other-device',
    message: `The run was trained by ${text(before)} so far, and goes on with ${text(now)}.`,
    hint: 'Losses will differ a little from those of an uninterrupted run.',
  }
}
