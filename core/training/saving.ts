import { stat } from 'node:fs/promises'
import type { State } from '../engine/types.ts'
import { bestFile, copyCheckpoint, fileOfEpoch, lastFile } from './checkpointFiles.ts'
import { saveCheckpoint } from './checkpoint.ts'
import { releaseState } from './openRun.ts'
import type { Run } from './run.ts'

interface Target {
  readonly kind: 'last' | 'best' | 'epoch'
  readonly path: string
}

/** Saves `last` within an epoch, where the last time is recipe.checkpoints.minutes ago. */
export async function saveIfDue(run: Run): Promise<void> {
  const due = run.saved.time + run.header.recipe.checkpoints.minutes * 60_000
  if (performance.now() >= due) await saveLast(run)
}

/** Saves `last`, unless it is saved already. */
export async function saveLast(run: Run): Promise<void> {
  const { step, epoch } = run.header.position
  if (run.saved.step === step && run.saved.epoch === epoch) return
  const state = await run.trainer.state()
  await save(run, state, [{ kind: 'last', path: lastFile(run.input.folder) }])
  releaseState(state)
}

/**
 * Saves after an epoch: `last`, and `best` and `epoch-N` where this one is. `last` comes last, so that after a crash in
 * between the run resumes from before the epoch's end and writes the others again.
 */
export async function saveEpoch(run: Run, state: State, isBest: boolean): Promise<void> {
  const { folder } = run.input
  const { epoch } = run.header.position
  const { every } = run.header.recipe.checkpoints
  const targets: Target[] = [{ kind: 'last', path: lastFile(folder) }]
  if (isBest) targets.unshift({ kind: 'best', path: bestFile(folder) })
  if (every !== null && epoch % every === 0)
    targets.unshift({ kind: 'epoch', path: fileOfEpoch(folder, epoch) })
  await save(run, state, targets)
}

async function save(run: Run, state: State, targets: readonly Target[]): Promise<void> {
  const { step, epoch } = run.header.position
  const [first, ...others] = targets as [Target, ...Target[]]
  await saveCheckpoint(first.path, { ...run.header, state, dynamics: run.dynamics })
  const { size: bytes } = await stat(first.path)
  for (const { path } of others) await copyCheckpoint(first.path, path)
  run.saved = { step, epoch, time: performance.now() }
  for (const target of targets) run.report.emit({ event: 'checkpoint', ...target, epoch, step, bytes })
}
