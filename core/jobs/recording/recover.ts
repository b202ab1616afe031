import type { Reason } from '../../messages/types.ts'
import { readdirSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { factOf, StudioError, type ErrorFact } from '../../base/errors.ts'
import type { RebuiltRegistry } from '../../registry/rebuild.ts'
import { newIdentity } from '../../registry/runs.ts'
import type { Id, Run } from '../../registry/types.ts'
import { readCheckpointHeader, type Checkpoint } from '../../training/checkpoint.ts'
import type { CheckpointHeader } from '../../training/checkpointHeader.ts'
import { lastFile } from '../../training/checkpointFiles.ts'
import { labelsHash } from '../../training/plan.ts'
import { resumePoint } from '../../training/resumePoint.ts'
import { stopsEarly } from '../../training/schedule.ts'
import { runFolder, type HomeContext } from '../context/home.ts'
import { readLog } from './runLog.ts'

export interface RecoverResult {
  readonly recovered: readonly { readonly run: Id; readonly name: string; readonly epochs: number }[]
  /** What is there, and cannot be restored. */
  readonly failed: readonly { readonly folder: string; readonly reason: Reason }[]
}

/** What became of a damaged registry, and of the runs that it knew. */
export type RebuildResult = RebuiltRegistry & RecoverResult

/** Completes a registry that was just rebuilt: epochs and checkpoints, then whole runs, from the folders of runs. */
export async function completeRebuilt(context: HomeContext): Promise<RecoverResult> {
  for (const run of context.registry.runs.list()) {
    const header = await ownHeader(context, run)
    if (header) await addMissing(context, run.id, header)
  }
  return recoverRuns(context)
}

/** Runs whose checkpoints are in the home folder, and whose rows are in another registry, or nowhere. */
export function lostRuns(context: HomeContext): readonly Id[] {
  return unknown(context, namesIn(runsFolder(context)))
}

/** The same for frequent callers: the folder of runs is read again once something in it came or went. */
export function watchLost(context: HomeContext): () => readonly Id[] {
  let seen = -1
  let names: readonly string[] = []
  return () => {
    const changed = statSync(runsFolder(context), { throwIfNoEntry: false })?.mtimeMs ?? 0
    // Within a tick of the file system's clock more may come: then it is read the next time too.
    if (changed !== seen) names = namesIn(runsFolder(context))
    seen = Date.now() - changed > 2000 ? changed : -1
    return unknown(context, names)
  }
}

const runsFolder = ({ home }: HomeContext): string => join(home.folder, 'runs')

function unknown({ home, registry }: HomeContext, names: readonly string[]): readonly Id[] {
  const known = registry.runs.ids()
  return names.filter(
    (name) =>
      /^r[1-9][0-9]{0,14}$/.test(name) &&
      !known.has(name) &&
      namesIn(runFolder(home, name)).some((file) => file.endsWith('.safetensors')),
  )
}

/** Restores the lost runs under their old ids, with all that their checkpoints tell: recipe, epochs, where it stands. */
export async function recoverRuns(context: HomeContext): Promise<RecoverResult> {
  const recovered: RecoverResult['recovered'][number][] = []
  const failed: RecoverResult['failed'][number][] = []
  for (const id of lostRuns(context)) {
    try {
      recovered.push(await recover(context, id))
    } catch (error) {
      failed.push({ folder: runFolder(context.home, id), reason: withoutHint(error) })
    }
  }
  return { recovered, failed }
}

async function recover({ home, registry }: HomeContext, id: Id): Promise<RecoverResult['recovered'][number]> {
  const folder = runFolder(home, id)
  const { checkpoint, path } = await resumePoint(folder)
  const { recipe, epochs, execution, threads, microBatch } = checkpoint
  const complete = isComplete(checkpoint)
  const run = registry.runs.adopt({
    id,
    identity: checkpoint.run ?? newIdentity(),
    suggestion: `recovered-${recipe.network.config}-${id.slice(1)}`,
    status: complete ? 'completed' : 'interrupted',
    error: complete ? null : takenIn(folder),
    dataset: datasetOf(registry, checkpoint),
    recipe,
    created: Math.round((await stat(folder)).birthtimeMs || (await stat(path)).mtimeMs),
  })
  if (execution && threads) {
    const { engine, device, precision } = execution
    const computed = { engine, device, precision, threads: threads.engine }
    registry.runs.setExecution(id, { ...computed, ...(microBatch !== null && { microBatch }) })
  }
  for (const record of epochs) registry.epochs.put(id, record)
  await recordCheckpoints({ home, registry }, id)
  return { run: id, name: run.name, epochs: epochs.length }
}

/**
 * Gives runs that were interrupted the rows that their last checkpoint tells of and the registry lacks: a worker that is
 * killed together with its parent leaves its latest epochs and files unrecorded.
 *
 * @returns the runs that got rows
 */
export async function rebuildRows(context: HomeContext): Promise<readonly Id[]> {
  context.registry.leases.reap()
  const rebuilt: Id[] = []
  for (const run of context.registry.runs.withStatus('interrupted')) {
    if (await rebuild(context, run)) rebuilt.push(run.id)
  }
  return rebuilt
}

async function rebuild(context: HomeContext, run: Run): Promise<boolean> {
  await explain(context, run.id)
  const header = await ownHeader(context, run)
  if (header === null) return false
  const complete = isComplete(header)
  if (complete) context.registry.runs.end(run.id, 'completed')
  return (await addMissing(context, run.id, header)) || complete
}

/** Null where the last checkpoint is damaged, missing or another run's: resuming looks for another, and says so. */
async function ownHeader({ home }: HomeContext, { id, identity }: Run): Promise<CheckpointHeader | null> {
  const header = await readCheckpointHeader(lastFile(runFolder(home, id))).catch(() => null)
  return header !== null && (header.run === null || header.run === identity) ? header : null
}

/** @returns whether anything was */
async function addMissing(
  { home, registry }: HomeContext,
  id: Id,
  { epochs, position }: CheckpointHeader,
): Promise<boolean> {
  const known = new Set(registry.epochs.list(id).map(({ epoch }) => epoch))
  const missing = epochs.filter(({ epoch }) => !known.has(epoch))
  const last = registry.checkpoints.list(id).find(({ kind }) => kind === 'last')
  if (missing.length === 0 && last?.step === position.step) return false
  for (const record of missing) registry.epochs.put(id, record)
  await recordCheckpoints({ home, registry }, id)
  return true
}

/** A process whose parent is gone saves and says in the journal that it stopped, which nobody had asked it for. */
async function explain({ home, registry }: HomeContext, id: Id): Promise<void> {
  const last = (await readLog(runFolder(home, id))).at(-1)
  if (last?.code === 'stopped') registry.runs.explain(id, new StudioError('studio-ended', {}).fact)
}

const isComplete = ({ recipe: { optimization }, position, schedule }: CheckpointHeader): boolean =>
  position.epoch >= optimization.epochs || stopsEarly(optimization, schedule)

/** What happened, without what to do about it. */
function withoutHint(error: unknown): ErrorFact {
  const problem = factOf(error)
  return { code: problem.code, text: 'message-alone', values: { problem } }
}

const takenIn = (folder: string): ErrorFact => new StudioError('recovered', { folder }).fact

async function recordCheckpoints({ home, registry }: HomeContext, id: Id): Promise<void> {
  const folder = runFolder(home, id)
  const files = namesIn(folder).filter((name) => /^(last|best|epoch-\d+)\.safetensors$/.test(name))
  for (const file of files) {
    const path = join(folder, file)
    // A damaged one is not listed; resuming reports it.
    const header = await readCheckpointHeader(path).catch(() => null)
    if (header === null) continue
    const { epoch, step } = header.position
    const top1Error = header.epochs.find((one) => one.epoch === epoch)?.validation?.top1Error ?? null
    const { size: bytes } = await stat(path)
    registry.checkpoints.put(id, {
      kind: basename(file, '.safetensors'),
      path: `runs/${id}/${file}`,
      ...{ epoch, step, top1Error, bytes },
    })
  }
}

/** The newest data set with the same classes, whose training images are labeled the same in the same order. */
function datasetOf({ datasets }: HomeContext['registry'], { classes, images }: Checkpoint): Id | null {
  if (images === null) return null
  const alike = datasets
    .list()
    .filter((one) => one.images.train === images.count && one.classes.join('\n') === classes.join('\n'))
  const labels = (id: Id): number[] =>
    datasets.manifest(id).images.flatMap(({ split, label }) => (split === 'train' ? [label] : []))
  return alike.findLast(({ id }) => labelsHash(labels(id)) === images.labels)?.id ?? null
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
