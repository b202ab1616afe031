import { version } from '../base/version.ts'
import type { JobContext } from '../jobs/context/context.ts'
import { processRunner } from '../jobs/process/processRunner.ts'
import { deleteRun } from '../jobs/recording/delete.ts'
import { completeRebuilt, rebuildRows } from '../jobs/recording/recover.ts'
import type { Catalog } from '../messages/catalog.ts'
import type { RebuiltRegistry } from '../registry/rebuild.ts'
import type { Id } from '../registry/types.ts'
import { openHub } from './events/hub.ts'
import { openHelper } from './helper/helper.ts'
import { openLibrary } from './library/library.ts'
import { openFolders } from './machine/folders.ts'
import { openMachine } from './machine/machine.ts'
import { openSamples, sampleFolder } from './machine/samples.ts'
import type { Links } from './machine/types.ts'
import type { Planning } from './planning/types.ts'
import { openPlans } from './plans/plans.ts'
import { openExpected } from './queue/expected.ts'
import { openQueue, type Queue } from './queue/queue.ts'
import { queueStore } from './queue/store.ts'
import { endStates, type QueuedJob } from './queue/types.ts'
import { openComplexities } from './results/complexity.ts'
import { openComparison } from './results/comparison.ts'
import { openEnsembles } from './results/ensembles.ts'
import { openEvaluations } from './results/evaluations.ts'
import { openExports } from './results/exports.ts'
import { openProtocols } from './results/protocols.ts'
import { openInside } from './results/inside.ts'
import { openPrediction } from './results/prediction.ts'
import { openUploads } from './results/uploads.ts'
import { openStatistics } from './results/statistics.ts'
import { openRuns } from './runs/runs.ts'
import { openTrash } from './runs/trash.ts'
import type { Studio } from './studio.ts'
import { watchRegistry } from './watch.ts'

export interface Parts {
  readonly context: JobContext
  /** Where the registry was damaged: what is kept of it. */
  readonly rebuilt: RebuiltRegistry | null
  /** The server's own in the home folder. */
  readonly folder: string
  readonly links: Links
  /** In the language of the person. */
  readonly texts: Catalog
  /** Folders that may be browsed besides the usual ones. */
  readonly roots: readonly string[]
  /** Milliseconds in which a deletion can be undone. */
  readonly grace?: number | undefined
}

/** Milliseconds after which the process that holds a network for predictions gives its memory back. */
const restAfter = 120_000
const warmUpAfter = 500
/** Loading what plans holds all else up for as long as a start takes: the first window has its answers by then. */
const planningAfter = 5_000

/** Opens everything that the API answers from. Jobs that waited when the last server ended start here. */
export async function assemble({ context, rebuilt, folder, links, texts, roots, grace }: Parts) {
  const { home, registry } = context
  await rebuildRows(context)
  const rebuilding = rebuilt && { ...rebuilt, ...(await completeRebuilt(context)) }
  const hub = openHub()
  const pictures = openHelper({ home: home.folder, parallel: 3 })
  const engines = openHelper({ home: home.folder, parallel: 2, idle: restAfter })
  const numbers = openHelper({ home: home.folder, parallel: 1, idle: restAfter })
  const isBusy = (lane: string): boolean =>
    queue.list().some((job) => job.lane === lane && ['running', 'pausing', 'stopping'].includes(job.state))
  const machine = await openMachine({ home, texts, registry, hub, helper: engines, folder, isBusy })
  const empty = async (run: Id): Promise<void> => void (await deleteRun(context, { run }))
  const trash = await openTrash({
    folder,
    registry: registry.identity,
    empty,
    ...(grace !== undefined && { grace }),
  })
  const preferredDevice = (): string => machine.deviceFor({}).id
  const onEnd = ({ kind, state }: QueuedJob): void => {
    if ((kind === 'install' || kind === 'uninstall') && state === 'completed') machine.enginesChanged()
  }
  let loaded: Promise<Planning> | undefined
  const planning = (): Promise<Planning> =>
    (loaded ??= import('./planning/planning.ts').then(({ openPlanning }) =>
      openPlanning({ home, registry, machine, texts }),
    ))
  const expected = openExpected({ registry, planning })
  const queue = await openQueue({
    home,
    registry,
    hub,
    store: queueStore(folder, registry.identity),
    runner: processRunner,
    preferredDevice,
    expected,
    onEnd,
  })
  const uploads = openUploads(home)
  const studio: Studio = {
    home,
    version,
    texts,
    registry,
    hub,
    queue,
    library: openLibrary({ home, texts, registry, helper: pictures, hub }),
    runs: openRuns({ context, texts, rebuilding, queue, helper: pictures, hub, trash }),
    plans: openPlans({ context, texts, queue, hub, planning }),
    planning,
    expected,
    evaluations: openEvaluations({ registry, texts, helper: engines, isDeleted: trash.has }),
    protocols: openProtocols({ home, texts, registry, machine }),
    ensembles: openEnsembles(registry),
    comparison: openComparison(context),
    complexities: openComplexities(context, trash.has),
    statistics: openStatistics({ context, texts, helper: numbers, isDeleted: trash.has }),
    prediction: openPrediction({ uploads, texts, registry, helper: engines }),
    inside: openInside({ registry, uploads, helper: engines, isDeleted: trash.has }),
    exports: openExports(registry, trash.has),
    machine,
    samples: openSamples(registry),
    folders: openFolders({ registry, roots, known: [sampleFolder] }),
    links,
  }
  // Self-tests of devices take seconds: done before the first window asks.
  const warmUps = [
    setTimeout(() => void machine.devices().catch(() => undefined), warmUpAfter).unref(),
    setTimeout(() => void planning().catch(() => undefined), planningAfter).unref(),
  ]
  const unwatch = watchRegistry({ registry, hub, own: () => trainedHere(queue) })
  return {
    studio,
    /** Jobs save and stop first; then windows are told that this is the end. */
    async close(): Promise<void> {
      warmUps.forEach(clearTimeout)
      await queue.close()
      unwatch()
      hub.close()
      pictures.close()
      engines.close()
      numbers.close()
      trash.close()
    },
  }
}

function trainedHere(queue: Queue): ReadonlySet<Id> {
  const alive = queue.list().filter(({ state }) => !(endStates as readonly string[]).includes(state))
  return new Set(alive.flatMap(({ run }) => run ?? []))
}
