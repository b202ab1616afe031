import { basename, join } from 'node:path'
import type { Registry } from '../../registry/registry.ts'
import type { Id } from '../../registry/types.ts'
import type { EpochRecord } from '../../training/events.ts'
import { throttled } from '../../training/progress.ts'
import { withMicroBatch, type Recipe } from '../../training/recipe.ts'
import type { JobEvent, LiveTrainingEvent, RunRecord, TrainingEnd } from './events.ts'
import { runFolder, type Home, type HomeContext } from '../context/home.ts'
import { openJournal } from './journal.ts'

/** Least milliseconds between two updates that are told to those who watch. */
const interval = 250

/**
 * Records what has to stay of a job's events, in the registry and in the run's journal, and passes them on. The journal
 * gets every update; those who watch a few a second. It belongs to the process that started the job.
 */
export function openRecorder(
  context: HomeContext,
  tell: (event: JobEvent) => void,
): (event: JobEvent) => void {
  const tellStep = throttled(tell, interval)
  return (event) => {
    if (event.event === 'recipe') return context.registry.runs.setRecipe(event.run, event.recipe)
    if (event.event === 'position') return alignEpochs(context.registry, event)
    if (!isOfRun(event)) return tell(event)
    recordInJournal(context.home, event)
    // The end is the job's result.
    if (isEnd(event)) return
    const { run, ...training } = event
    record(context, run, training)
    if (event.event === 'step') tellStep(event)
    else if (event.event === 'checkpoint') tell({ ...event, path: join(context.home.folder, event.path) })
    else tell(event)
  }
}

/** The part of it that needs no registry: what a run's folder keeps beside its checkpoints. */
export function recordInJournal(home: Home, event: JobEvent): void {
  if (isRecord(event) || !isOfRun(event)) return
  openJournal(runFolder(home, event.run)).record(event)
}

function alignEpochs(
  { epochs }: Registry,
  { run, epoch, epochs: records }: Extract<RunRecord, { event: 'position' }>,
): void {
  epochs.forgetAfter(run, epoch)
  for (const record of records) epochs.put(run, record)
}

const isRecord = (event: JobEvent): event is RunRecord =>
  event.event === 'recipe' || event.event === 'position'

type OfRun = TrainingEnd | (LiveTrainingEvent & { readonly run: Id })

const isOfRun = (event: Exclude<JobEvent, RunRecord>): event is OfRun =>
  'run' in event && event.event !== 'run'

const isEnd = (event: OfRun): event is TrainingEnd => event.event === 'completed' || event.event === 'stopped'

function record({ registry }: HomeContext, run: Id, event: LiveTrainingEvent): void {
  switch (event.event) {
    case 'chosen': {
      const { engine, device, precision, explanation } = event
      const { threads } = (registry.runs.get(run).recipe as Recipe).execution
      registry.runs.setExecution(run, { engine, device, precision, threads: threads!, explanation })
      break
    }
    case 'started': {
      const { engine, device, precision, threads, microBatch } = event
      const execution = { engine, device, precision, threads: threads.engine, microBatch }
      const { explanation } = registry.runs.get(run).execution ?? {}
      registry.runs.setExecution(run, { ...execution, ...(explanation !== undefined && { explanation }) })
      recordFirst(registry, run, { microBatch, step: event.position.step })
      break
    }
    case 'warning': {
      if (event.code !== 'micro-batch-halved') break
      const { microBatch } = event.values
      registry.runs.setExecution(run, { ...registry.runs.get(run).execution!, microBatch })
      recordFirst(registry, run, event.values)
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
        path,
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
  { runs }: Registry,
  run: Id,
  { microBatch, step }: { readonly microBatch: number; readonly step: number },
): void {
  if (step === 0) runs.setRecipe(run, withMicroBatch(runs.get(run).recipe as Recipe, microBatch))
}

function errorAfter(epochs: readonly EpochRecord[], epoch: number): number | null {
  return epochs.find((record) => record.epoch === epoch)?.validation?.top1Error ?? null
}
