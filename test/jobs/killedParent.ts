import { fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { JobContext } from '../../core/jobs/context/context.ts'
import { runFolder } from '../../core/jobs/context/home.ts'
import { readSteps } from '../../core/jobs/recording/journal.ts'
import { rebuildRows } from '../../core/jobs/recording/recover.ts'
import { readCheckpointHeader } from '../../core/training/checkpoint.ts'
import type { EpochRecord } from '../../core/training/events.ts'

const program = fileURLToPath(new URL('./parentProcess.ts', import.meta.url))

/** Starts a job under a parent process, kills the parent this many milliseconds after its first update, and waits for the process that trains. */
export async function killParent(
  { home }: Pick<JobContext, 'home'>,
  job: { readonly kind: 'train' | 'resume'; readonly input: object },
  milliseconds: number,
): Promise<'killed' | 'ended'> {
  const parent = fork(program, [home.folder, job.kind, JSON.stringify(job.input)], { stdio: 'ignore' })
  let worker: number | undefined
  const first = Promise.withResolvers<'step' | 'ended'>()
  parent.on('message', (message: number | { pid: number }) => {
    if (typeof message === 'number') first.resolve('step')
    else worker = message.pid
  })
  const gone = new Promise<void>((resolve) => parent.on('exit', () => resolve()))
  void gone.then(() => first.resolve('ended'))
  if ((await first.promise) === 'step') await Promise.race([delay(milliseconds), gone])
  const how = parent.exitCode === null ? 'killed' : 'ended'
  parent.kill('SIGKILL')
  await gone
  while (isAlive(worker!)) await delay(20)
  return how
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export interface Kept {
  /** Epochs of the registry and of the run's last checkpoint. */
  readonly epochs: readonly [readonly EpochRecord[], readonly EpochRecord[]]
  /** Updates that the journal lacks up to the last checkpoint’s. */
  readonly missing: readonly number[]
  readonly step: number
}

export async function whatIsKept({ home, registry }: JobContext, run: string): Promise<Kept> {
  // As a server does that starts.
  await rebuildRows({ home, registry })
  const folder = runFolder(home, run)
  const header = await readCheckpointHeader(join(folder, 'last.safetensors'))
  const { step: steps } = await readSteps(folder)
  const known = new Set(steps)
  const wanted = Array.from({ length: header.position.step }, (_, index) => index + 1)
  return {
    epochs: [registry.epochs.list<EpochRecord>(run), header.epochs],
    missing: wanted.filter((step) => !known.has(step)),
    step: header.position.step,
  }
}
