import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { writeAtomic } from '../../base/files.ts'
import type { QueuedJob } from './types.ts'
import { jobKinds } from '../../jobs/catalog.ts'

const storedJob = z.object({
  id: z.string(),
  kind: z.enum(jobKinds),
  input: z.unknown(),
  /** Earlier versions stored the sentence. */
  title: z.union([z.string(), z.object({ code: z.string(), values: z.looseObject({}) })]),
  lane: z.string(),
  run: z.string().nullable(),
  dataset: z.string().nullable(),
  plan: z.string().nullable().default(null),
  created: z.string(),
  held: z.boolean().default(false),
})

const schema = z.object({
  version: z.literal(1),
  /** Whose ids these are; earlier versions did not say. */
  registry: z.string().optional(),
  next: z.int().min(1),
  waiting: z.array(storedJob),
  /** Started and not ended, and those of killed servers that nobody has dismissed. Earlier versions kept none. */
  unfinished: z.array(storedJob.extend({ started: z.string().nullable() })).default([]),
})

/** The part of the queue that outlives the server: the jobs that wait or work, and which id comes next. */
export type QueueFile = Omit<z.output<typeof schema>, 'waiting' | 'unfinished'> & {
  readonly waiting: readonly StoredJob[]
  readonly unfinished: readonly (StoredJob & { readonly started: string | null })[]
}

/** The catalog's own facts are stricter than what a file is checked for. */
type StoredJob = Omit<z.output<typeof storedJob>, 'title'> & Pick<QueuedJob, 'title'>

export interface QueueStore {
  load(): Promise<QueueFile>
  /** Saves the latest state given, one write after the other. */
  save(state: QueueFile): void
  saved(): Promise<void>
}

/**
 * @param folder the server's own in the home folder
 * @param registry identity of the registry whose ids the jobs name: what was stored for another one is left alone
 */
export function queueStore(folder: string, registry?: string): QueueStore {
  const file = join(folder, 'queue.json')
  let latest: QueueFile | undefined
  let writing = Promise.resolve()
  async function write(): Promise<void> {
    const state = latest
    latest = undefined
    // Losing the order of the queue to a full disk is no reason to end.
    if (state) await writeAtomic(file, JSON.stringify({ ...state, registry })).catch(() => undefined)
  }
  return {
    async load() {
      const empty: QueueFile = { version: 1, next: 1, waiting: [], unfinished: [] }
      try {
        const found = schema.parse(JSON.parse(await readFile(file, 'utf8')))
        return found.registry === undefined || found.registry === registry ? found : empty
      } catch {
        return empty
      }
    },
    save(state) {
      latest = state
      writing = writing.then(write)
    },
    saved: () => writing,
  }
}
