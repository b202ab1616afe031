import { relative, sep } from 'node:path'
import type { Id } from '../../registry/types.ts'
import type { TrainingEvent } from '../../training/events.ts'
import type { JobContext } from '../context/context.ts'
import { openMemoryMeter, type MemoryMeter } from './memory.ts'

export interface TrainingWatch {
  readonly emit: (event: TrainingEvent) => void
  close(): void
}

/**
 * Passes a run's events on with its id, and with the memory that this process holds where they tell of progress. Paths
 * are relative to the home folder, `/` between folders: receivers may have it elsewhere.
 */
export function watchTraining({ emit, home }: Pick<JobContext, 'emit' | 'home'>, run: Id): TrainingWatch {
  let meter: MemoryMeter | undefined
  return {
    emit(event) {
      if (event.event === 'started') meter ??= openMemoryMeter(event.device)
      if (event.event === 'step' || event.event === 'progress') {
        emit({ ...event, memory: (meter ??= openMemoryMeter('')).now(), run })
      } else if (event.event === 'checkpoint') {
        const path = relative(home.folder, event.path).split(sep).join('/')
        emit({ ...event, path, run })
      } else emit({ ...event, run })
    },
    close: () => meter?.close(),
  }
}
