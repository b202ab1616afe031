import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { isDiskFull } from '../../base/errors.ts'
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
  /** Identity of the registry whose runs these are: those of another one with the same ids must not go. */
  readonly registry: string
  /** Deletes for good. */
  readonly empty: (run: Id) => Promise<void>
  /** Milliseconds in which a deletion can be undone. */
  readonly grace?: number
}

const until = z.record(z.string(), z.number())
/** Earlier versions did not say whose ids these are. */
const schema = z.union([z.object({ registry: z.string(), runs: until }), until])

export async function openTrash({ folder, registry, empty, grace = 120_000 }: TrashOptions): Promise<Trash> {
  const file = join(folder, 'trash.json')
  const runs = new Map<Id, number>(Object.entries(await load(file, registry)))
  const timers = new Map<Id, NodeJS.Timeout>()
  // On a full disk a server that is killed brings them back; that is no reason to refuse to delete.
  const save = (): Promise<void> =>
    writeAtomic(file, JSON.stringify({ registry, runs: Object.fromEntries(runs) })).catch(
      (error: unknown) => {
        if (!isDiskFull(error)) throw error
      },
    )

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

async function load(file: string, registry: string): Promise<Record<string, number>> {
  try {
    const found = schema.parse(JSON.parse(await readFile(file, 'utf8')))
    if (typeof found.registry !== 'string') return found as Record<string, number>
    return found.registry === registry ? (found.runs as Record<string, number>) : {}
  } catch {
    return {}
  }
}
