import { join } from 'node:path'
import { StudioError } from '../../base/errors.ts'
import { release } from '../../base/tensor.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import type { Checkpoint as CheckpointRow, Id, Run } from '../../registry/types.ts'
import { loadCheckpoint, type Checkpoint } from '../../training/checkpoint.ts'
import type { Home, HomeContext } from './home.ts'

/** Which checkpoint a job is about, as a process without a registry finds it. */
export interface CheckpointReference extends Pick<CheckpointRow, 'kind' | 'path' | 'epoch' | 'step'> {
  readonly run: Pick<Run, 'id' | 'name' | 'identity'>
}

export interface ChosenCheckpoint {
  readonly kind: string
  /** Absolute. */
  readonly path: string
  readonly checkpoint: Checkpoint
}

/**
 * Which of a run's checkpoints is meant.
 * @param wanted `best`, `last`, `epoch-5`; left out: the best one, or the last where there is no validation
 * @throws StudioError `no-checkpoint`
 */
export function chooseCheckpoint(
  { registry }: Pick<HomeContext, 'registry'>,
  { id, name, identity }: Run,
  wanted?: string,
): CheckpointReference {
  const { kind, path, epoch, step } = choose(registry.checkpoints.list(id), id, wanted)
  return { run: { id, name, identity }, kind, path, epoch, step }
}

/**
 * Reads a checkpoint for callers that want its network: without momentum, which takes as much memory as the weights.
 * @throws StudioError `foreign-checkpoint`, and those of loadCheckpoint
 */
export async function readCheckpoint(
  home: Home,
  { run, kind, path: relative }: CheckpointReference,
): Promise<ChosenCheckpoint> {
  const path = join(home.folder, relative)
  const checkpoint = await loadCheckpoint(path)
  assertOwnCheckpoint(run, path, checkpoint)
  const { weights, momentum } = checkpoint.state
  release(momentum)
  return { kind, path, checkpoint: { ...checkpoint, state: { weights, momentum: new Map() } } }
}

/** Chooses and reads. @throws StudioError of both */
export const openCheckpoint = (context: HomeContext, run: Run, kind?: string): Promise<ChosenCheckpoint> =>
  readCheckpoint(context.home, chooseCheckpoint(context, run, kind))

/** The checkpoint that is taken where none is named: the best one, or the last where there is no validation. */
export function defaultCheckpoint({ registry }: Pick<HomeContext, 'registry'>, run: Id): string {
  return registry.checkpoints.list(run).some(({ kind }) => kind === 'best') ? 'best' : 'last'
}

/** What evaluation, prediction and export want of a checkpoint. */
export function modelOf({ network, state, normalization, classes }: Checkpoint) {
  return { network: buildNetwork(network), weights: state.weights, normalization, classes }
}

/** @throws StudioError `foreign-checkpoint` where it says that it is another run's */
export function assertOwnCheckpoint(
  { id, name, identity }: Pick<Run, 'id' | 'name' | 'identity'>,
  path: string,
  checkpoint: Pick<Checkpoint, 'run'>,
): void {
  if (checkpoint.run === null || checkpoint.run === identity) return
  throw new StudioError('foreign-checkpoint', { path, run: id, name })
}

function choose(rows: readonly CheckpointRow[], run: Id, kind: string | undefined): CheckpointRow {
  const find = (wanted: string): CheckpointRow | undefined => rows.find((row) => row.kind === wanted)
  const found = kind === undefined ? (find('best') ?? find('last')) : find(kind)
  if (found) return found
  throw new StudioError('no-checkpoint', {
    run,
    kind: kind ?? null,
    kinds: rows.map((row) => row.kind),
  })
}
