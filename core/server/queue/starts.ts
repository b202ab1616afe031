import type { QueuedJob } from './types.ts'

/**
 * Seconds until each waiting job starts, by its id: what is left of the job ahead of it in its lane, and what those between
 * will take. Null where one of them cannot be told, or is held.
 * @param jobs waiting ones in their order, and running ones
 * @param secondsOf what a waiting job takes; null where that is not known
 */
export async function startsOf(
  jobs: readonly QueuedJob[],
  secondsOf: (job: QueuedJob) => Promise<number | null>,
): Promise<Readonly<Record<string, number | null>>> {
  const free = new Map<string, number | null>()
  for (const { state, lane, progress } of jobs)
    if (working.includes(state)) free.set(lane, sum(free.get(lane) ?? 0, progress?.secondsLeft ?? null))
  const starts: Record<string, number | null> = {}
  const waiting = jobs.filter(({ state }) => state === 'queued')
  for (const [place, job] of waiting.entries()) {
    if (job.held) {
      starts[job.id] = null
      continue
    }
    const start = free.get(job.lane) === undefined ? 0 : free.get(job.lane)!
    starts[job.id] = start
    // What the last one takes delays nobody.
    const isAhead = waiting.slice(place + 1).some(({ lane, held }) => lane === job.lane && !held)
    if (isAhead) free.set(job.lane, sum(start, start === null ? null : await secondsOf(job)))
  }
  return starts
}

const working: readonly QueuedJob['state'][] = ['running', 'pausing', 'stopping']

const sum = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? null : one + other
