import { basename, relative, sep } from 'node:path'
import type { Id } from '../registry/types.ts'
import type { EpochRecord, TrainingEvent } from '../training/events.ts'
import { throttled } from '../training/progress.ts'
import { withMicroBatch, type Recipe } from '../training/recipe.ts'
import type { JobContext } from './context.ts'
import type { LiveTrainingEvent } from './events.ts'
import { runFolder } from './home.ts'
import { openJournal } from './journal.ts'
import { openMemoryMeter, type MemoryMeter } from './memory.ts'

export interface Recorder {
  readonly emit: (event: TrainingEvent) => void
  close(): void
}

/** Least milliseconds between two updates that are told to those who watch. */
const interval = 250

/**
 * Passes a run's events on, after what has to stay of them is in the registry and in the run's journal. The journal
 * gets every update; those who watch a few a second.
 */
export function recordEvents(context: JobContext, run: Id): Recorder {
  const tellStep = throttled(context.emit, interval)
  const journal = openJournal(runFolder(context.home, run))
  let meter: MemoryMeter | undefined
  const metered = (event: Exclude<TrainingEvent, End>): LiveTrainingEvent => {
    if (event.event === 'started') meter ??= openMemoryMeter(event.device)
    if (event.event !== 'step' && event.event !== 'progress') return event
    return { ...event, memory: (meter ??= openMemoryMeter('')).now() }
  }
  return {
    emit(event) {
      // The end is the job's result.
      if (isEnd(event)) return journal.record(event)
      const live = metered(event)
      journal.record(live)
      record(context, run, event)
      const tell = live.event === 'step' ? tellStep : context.emit
      tell({ ...live, run })
    },
    close: () => meter?.close(),
  }
}

type End = Extract<TrainingEvent, { event: 'completed' | 'stopped' }>

function isEnd(event: TrainingEvent): event is End {
  return event.event === 'completed' || event.event === 'stopped'
}

function record({ registry, home }: JobContext, run: Id, event: Exclude<TrainingEvent, End>): void {
  switch (event.event) {
    case 'chosen': {
      const { engine, device, precision, explanation } = event
      const { threads } = (registry.runs.get(run).recipe as Recipe).execution
      registry.runs.setExecution(run, { engine, device, precision, threads: threads!, explanation })
      break
    }
    case 'started': {
      const { engine, device, precision, threads, microBatch } = event
      const place = { engine, device, precision, threads: threads.engine, microBatch }
      const { explanation } = registry.runs.get(run).execution ?? {}
      registry.runs.setExecution(run, { ...place, ...(explanation !== undefined && { explanation }) })
      recordFirst(registry, run, { microBatch, step: event.position.step })
      break
    }
    case 'warning': {
      if (event.code !== 'micro-batch-halved') break
      const { microBatch } = event
      registry.runs.setExecution(run, { ...registry.runs.get(run).execution!, microBatch })
      recordFirst(registry, run, event)
      break
    }
    case 'epoch': {
      const { event: _, ...epoch } = event
      registry.epochs.put(run, epoch)
      break
    }
    case 'checkpoint': {
      const { kind, path, epoch, step, bytes } = event
      registry.checkpoints.put(run, {
        kind: kind === 'epoch' ? basename(path, '.safetensors') : kind,
        path: relative(home.folder, path).split(sep).join('/'),
        epoch,
        step,
        top1Error: errorAfter(registry.epochs.list<EpochRecord>(run), epoch),
        bytes,
      })
      break
    }
  }
}

/** The recipe keeps the micro-batch of the first update; what a later one is made with stands in the execution. */
function recordFirst(
  { runs }: JobContext['registry'],
  run: Id,
  { microBatch, step }: { readonly microBatch: number; readonly step: number },
): void {
  if (step === 0) runs.setRecipe(run, withMicroBatch(runs.get(run).recipe as Recipe, microBatch))
}

function errorAfter(epochs: readonly EpochRecord[], epoch: number): number | null {
  return epochs.find((record) => record.epoch === epoch)?.validation?.top1Error ?? null
}
