import type { Registry } from '../registry/registry.ts'
import type { Id, Run } from '../registry/types.ts'
import type { Hub } from './events/hub.ts'

interface WatchOptions {
  readonly registry: Registry
  readonly hub: Hub
  /** Runs of this server's own jobs: their events come by themselves. */
  readonly own: () => ReadonlySet<Id>
  /** Milliseconds. */
  readonly interval?: number
}

/**
 * Tells windows what other processes (the command line) change in the registry, and marks the runs of those that died
 * as interrupted.
 */
export function watchRegistry({ registry, hub, own, interval = 4000 }: WatchOptions): () => void {
  let runs = states(registry)
  let datasets = new Set(registry.datasets.list().map(({ id }) => id))

  function look(): void {
    registry.leases.reap()
    const now = states(registry)
    const mine = own()
    for (const [id, state] of now) {
      if (runs.get(id) === state || mine.has(id)) continue
      hub.publish({ type: 'run', run: id, change: runs.has(id) ? 'updated' : 'created' })
    }
    for (const id of runs.keys()) if (!now.has(id)) hub.publish({ type: 'run', run: id, change: 'deleted' })
    runs = now
    const ids = new Set(registry.datasets.list().map(({ id }) => id))
    for (const id of ids.difference(datasets))
      hub.publish({ type: 'dataset', dataset: id, change: 'created' })
    datasets = ids
  }

  const timer = setInterval(look, interval).unref()
  return () => clearInterval(timer)
}

/** All that can change of a run, in short; for a running one also how far it is. */
function states(registry: Registry): ReadonlyMap<Id, string> {
  const far = ({ id, status }: Run): number =>
    status === 'running' ? registry.epochs.summary(id).epochs + registry.checkpoints.list(id).length : 0
  return new Map(
    registry.runs
      .list()
      .map((run) => [
        run.id,
        [run.name, run.status, run.ended, run.notes, run.tags, run.archived, far(run)].join('\n'),
      ]),
  )
}
