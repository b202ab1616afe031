import { StudioError } from '../../base/errors.ts'
import { runFolder, type HomeContext } from '../../jobs/context/home.ts'
import { trains } from '../../jobs/catalog.ts'
import { recoverRuns, watchLost, type RebuildResult } from '../../jobs/recording/recover.ts'
import { readSteps } from '../../jobs/recording/journal.ts'
import { readLog } from '../../jobs/recording/runLog.ts'
import { modelSizes } from '../../export/modelSize.ts'
import { defaultProtocol } from '../../evaluation/protocol.ts'
import { viewsNames } from '../../evaluation/types.ts'
import { parseProtocol } from '../../evaluation/protocol.ts'
import { usableTemperatures } from '../../jobs/statistics/temperatures.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { shown } from '../../messages/shown.ts'
import { bestEpoch } from '../../training/best.ts'
import { showRun, type RunDetails } from '../../queries/show.ts'
import { describe } from '../../network/cost.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import type { Id, Run } from '../../registry/types.ts'
import { readCheckpointHeader } from '../../training/checkpoint.ts'
import type { EpochRecord } from '../../training/events.ts'
import { recipeLike } from '../../training/changedSettings.ts'
import { networkOptions, parseRecipe, type Recipe } from '../../training/recipe.ts'
import type { TrainInput } from '../../jobs/training/prepare.ts'
import { nameOf } from '../../training/namedNetwork.ts'
import type { Attribution } from '../../weights/entry.ts'
import type { EpochCurves, RunEntry, RunView, StepCurve } from '../api/types.ts'
import { commonExtremes, rounded, thinnedEpochs } from '../curves.ts'
import type { Hub } from '../events/hub.ts'
import type { Helper } from '../helper/helper.ts'
import { dataUrl } from '../library/jitter.ts'
import type { Queue } from '../queue/queue.ts'
import { endStates, type QueuedJob } from '../queue/types.ts'
import { evaluationEntry } from '../results/entries.ts'
import { errorOf, logOf, standingWarnings } from './log.ts'
import { remedyOf } from './log.ts'
import { selectRuns } from './select.ts'
import { openSummaries, statusOf } from './summaries.ts'
import type { Trash } from './trash.ts'
import type { Runs } from './types.ts'

export interface RunsOptions {
  readonly context: HomeContext
  readonly texts: Catalog
  /** Where the registry was damaged as this server started. */
  readonly rebuilding: RebuildResult | null
  readonly queue: Queue
  readonly helper: Helper
  readonly hub: Hub
  readonly trash: Trash
}

export function openRuns({ context, texts, rebuilding, queue, helper, hub, trash }: RunsOptions): Runs {
  const { registry, home } = context
  const lost = watchLost(context)
  const summaries = openSummaries(registry, texts)

  function get(id: string): Run {
    const run = registry.runs.get(id)
    if (trash.has(run.id)) throw new StudioError('not-found', { what: 'deleted-run', run: run.id })
    return run
  }

  function entries(): readonly RunEntry[] {
    const datasets = new Map(registry.datasets.list().map((dataset) => [dataset.id, dataset]))
    const jobs = trainingJobs(queue)
    const visible = registry.runs.list().filter(({ id }) => !trash.has(id))
    return summaries.entries(visible, jobs, datasets)
  }

  const results = new Map<Id, RunEntry['test']>()

  /** Evaluations never change: each is read once. */
  function tested(all: readonly RunEntry[]): readonly RunEntry[] {
    const latest = registry.evaluations.latest('test')
    return all.map((entry) => {
      const id = latest.get(entry.run)
      if (id === undefined) return entry
      if (!results.has(id)) {
        const { top1Error, images, protocolText } = evaluationEntry(registry.evaluations.get(id))
        results.set(id, { id, top1Error, images, protocolText })
      }
      return { ...entry, test: results.get(id)! }
    })
  }

  async function view(id: string): Promise<RunView> {
    const run = get(id)
    const { epochs, evaluations: _, ...details } = showRun(context, { run: id })
    const recipe = recipeOf(run)
    const options = networkOptions(recipe, details.dataset?.classes.length ?? 2)
    const built = buildNetwork(options)
    const network = describe(built)
    const job = trainingJobs(queue).get(id) ?? null
    return {
      ...shown({ ...details, error: errorOf(run) }, texts),
      status: statusOf(run, job),
      recipe,
      epochs: epochs.length,
      best: bestEpoch(epochs),
      defaultProtocols: defaultProtocols(recipe.data),
      last: epochs.at(-1) ?? null,
      job: shown(job, texts),
      remedy: remedyOf(run),
      children: registry.runs
        .list()
        .flatMap((other) => (other.parent === id && !trash.has(other.id) ? [other.id] : [])),
      warnings: standingWarnings(await readLog(runFolder(home, id)), texts),
      evaluations: registry.evaluations.summaries(id).map(evaluationEntry).reverse(),
      temperatures: usableTemperatures(context, id, parseProtocol({}, recipe.data)),
      multiplyAdds: network.multiplyAdds,
      parameters: network.parameters,
      exportSizes: modelSizes(built),
      networkName: nameOf(options),
      attribution: await attributionOf(details),
    }
  }

  return {
    list(query) {
      const all = query.tested || query.sort === 'testError' ? tested(entries()) : entries()
      const { offset = 0, limit = 100 } = query
      const selected = selectRuns(all, query)
      const tags = [...new Set(all.flatMap((entry) => entry.tags))].sort((a, b) => a.localeCompare(b))
      return {
        total: selected.length,
        offset,
        entries: selected.slice(offset, offset + limit),
        tags,
        lost: lost(),
        rebuilt: rebuilding && {
          kept: rebuilding.kept,
          rows: rebuilding.rows,
          restored: rebuilding.recovered.map(({ name }) => name),
        },
      }
    },
    async recover() {
      const result = await recoverRuns(context)
      for (const { run } of result.recovered) hub.publish({ type: 'run', run, change: 'created' })
      return shown(result, texts)
    },
    view,
    async update(id, changes) {
      get(id)
      registry.runs.update(id, withoutUndefined(changes))
      hub.publish({ type: 'run', run: id, change: 'updated' })
      return view(id)
    },
    async remove(id) {
      const { name } = get(id)
      if (trainingJobs(queue).has(id) || isTrained(registry.runs.get(id))) {
        throw new StudioError('run-busy', { what: 'here', run: id })
      }
      const until = await trash.put(id)
      hub.publish({ type: 'run', run: id, change: 'deleted' })
      return { run: id, name, until: new Date(until).toISOString() }
    },
    async restore(id) {
      if (!(await trash.take(id))) throw new StudioError('too-late', { id })
      hub.publish({ type: 'run', run: id, change: 'created' })
      return view(id)
    },
    epochs: (id, points) => epochCurves(showRun(context, { run: get(id).id }).epochs, points),
    steps: async (id, query) => stepCurve(await readSteps(runFolder(home, get(id).id)), query),
    async log(id, { after = -1, limit = 1000 }, metric) {
      const run = get(id)
      const all = logOf(run, await readLog(runFolder(home, id)), texts, metric)
      const wanted = all.filter(({ line }) => line > after)
      return { total: (all.at(-1)?.line ?? -1) + 1, offset: after + 1, entries: wanted.slice(0, limit) }
    },
    async lastBatch(id, count) {
      const { images, crops, ...rest } = await helper.run('batch', { run: get(id).id, count })
      return {
        ...rest,
        batchSize: images,
        crops: crops.map((crop) => ({ ...crop, picture: dataUrl(crop.picture) })),
      }
    },
    jobOf(id) {
      const job = trainingJobs(queue).get(get(id).id)
      if (job) return job
      throw new StudioError('not-running', {
        what: 'run',
        run: id,
        isTrained: isTrained(registry.runs.get(id)),
      })
    },
    async again(id, { dataset: asked, name, changes, skipTrials }) {
      const run = get(id)
      const dataset = asked ?? run.dataset
      if (dataset === null) {
        throw new StudioError('not-found', { what: 'dataset-to-start-again', run: id })
      }
      const recipe = recipeLike(run.recipe as object, changes)
      return { ...training({ dataset, name, recipe, skipTrials }), like: id }
    },
    training: async (input) => training(input),
  }

  function training({ dataset, name, recipe, skipTrials }: Parameters<Runs['training']>[0]): TrainInput {
    registry.datasets.get(dataset)
    const taken =
      name !== undefined && registry.runs.list().some((run) => run.name.toLowerCase() === name.toLowerCase())
    if (taken) throw new StudioError('name-taken', { what: 'run', name })
    return { dataset, name, recipe, skipTrials }
  }
}

const isTrained = ({ status }: Run): boolean => status === 'running' || status === 'paused'

/** By run. */
function trainingJobs(queue: Queue): ReadonlyMap<string, QueuedJob> {
  const jobs = queue
    .list()
    .filter(({ kind, state }) => trains(kind) && !(endStates as readonly string[]).includes(state))
  return new Map(jobs.flatMap((job) => (job.run === null ? [] : [[job.run, job]])))
}

/** As stored, and readable whatever version stored it. */
function recipeOf({ recipe }: Run): Recipe {
  try {
    return parseRecipe(recipe)
  } catch {
    return recipe as Recipe
  }
}

const defaultProtocols = (data: Recipe['data']): RunView['defaultProtocols'] =>
  Object.fromEntries(
    viewsNames.map((views) => [views, defaultProtocol(views, data)]),
  ) as RunView['defaultProtocols']

function epochCurves(all: readonly EpochRecord[], points: number): EpochCurves {
  const best = bestEpoch(all)
  return { total: all.length, epochs: thinnedEpochs(all, points), best }
}

function stepCurve(
  columns: Awaited<ReturnType<typeof readSteps>>,
  { points = 2000, from = 0, to = Infinity }: Parameters<Runs['steps']>[1],
): StepCurve {
  const { step } = columns
  const watched = [columns.loss, columns.error, columns.memory]
  const start = step.findIndex((value) => value >= from)
  const end = step.findLastIndex((value) => value <= to) + 1
  const indices = start < 0 ? [] : commonExtremes(watched, points, start, Math.max(start, end))
  const pick = (values: ArrayLike<number>): number[] => indices.map((index) => rounded(values[index]!))
  const known = (values: ArrayLike<number>): (number | null)[] =>
    pick(values).map((value) => (Number.isNaN(value) ? null : value))
  return {
    total: step.length,
    step: indices.map((index) => step[index]!),
    epoch: pick(columns.epoch),
    loss: pick(columns.loss),
    error: pick(columns.error),
    learningRate: pick(columns.learningRate),
    imagesPerSecond: known(columns.imagesPerSecond),
    dataWait: pick(columns.dataWait),
    memory: known(columns.memory),
    deviceMemory: known(columns.deviceMemory),
  }
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Defined<T>
}

/** Attribution in its checkpoints, which all say the same; null where none is needed, or no checkpoint is there. */
async function attributionOf({ checkpoints }: Pick<RunDetails, 'checkpoints'>): Promise<Attribution | null> {
  const path = checkpoints.at(-1)?.path
  const header = path === undefined ? null : await readCheckpointHeader(path).catch(() => null)
  return header?.attribution ?? null
}
