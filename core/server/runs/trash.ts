import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { writeAtomic } from '../../base/files.ts'
import type { Id } from '../../registry/types.ts'

/** Runs that were deleted, until it can't be undone any more. */
export interface Trash {
  has(run: Id): boolean
  /** Returns until when it can be undone (ms since 1970). */
  put(run: Id): Promise<number>
  /** False where it wasn't there (any more). */
  take(run: Id): Promise<boolean>
  close(): void
}

interface TrashOptions {
  /** The server's own in the home folder. */
  readonly folder: string
  /** Deletes for good. */
  readonly empty: (run: Id) => Promise<void>
  /** Milliseconds in which a deletion can be undone. */
  readonly grace?: number
}

const schema = z.record(z.string(), z.number())

export async function openTrash({ folder, empty, grace = 120_000 }: TrashOptions): Promise<Trash> {
  const file = join(folder, 'trash.json')
  const runs = new Map<Id, number>(Object.entries(await load(file)))
  const timers = new Map<Id, NodeJS.Timeout>()
  const save = (): Promise<void> => writeAtomic(file, JSON.stringify(Object.fromEntries(runs)))

  function watch(run: Id, until: number): void {
    timers.set(run, setTimeout(() => void expire(run), Math.max(0, until - Date.now())).unref())
  }

  async function expire(run: Id): Promise<void> {
    // A run that somebody trains by now stays, and is seen again.
    await empty(run).catch(() => undefined)
    runs.delete(run)
    await save().catch(() => undefined)
  }

  for (const [run, until] of runs) watch(run, until)
  return {
    has: (run) => runs.has(run),
    async put(run) {
      const until = Date.now() + grace
      runs.set(run, until)
      watch(run, until)
      await save()
      return until
    },
    async take(run) {
      clearTimeout(timers.get(run))
      if (!runs.delete(run)) return false
      await save()
      return true
    },
    close: () => timers.forEach((timer) => clearTimeout(timer)),
  }
}

async function load(file: string): Promise<Record<string, number>> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return {}
  }
}
