import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { runHere, type JobInputs, type JobKind, type JobResults } from '../jobs/catalog.ts'
import type { JobContext } from '../jobs/context/context.ts'
import type { Session } from './command.ts'

/**
 * Runs a job: handed to the application that has the same home folder open, so that it queues with what is started
 * there and shows in its windows; where none is open, in this process. Either way it is watched from here.
 */
export async function runJob<Kind extends JobKind>(
  { terminal }: Pick<Session, 'terminal'>,
  context: JobContext,
  kind: Kind,
  input: JobInputs[Kind],
): Promise<JobResults[Kind]> {
  const { findLiveServer } = await import('../server/discovery.ts')
  const live = await findLiveServer(context.home)
  if (!live) return runHere(kind, context, input)
  terminal.note(`VGG Studio is open (process ${live.pid}): it runs the job.`)
  const { runOnServer } = await import('../server/client.ts')
  return (await runOnServer(live, kind, absolute(input), context)) as JobResults[Kind]
}

/** The server works in another directory. */
function absolute<Input extends object>(input: Input): Input {
  const places = input as { source?: string; out?: string; dataset?: string }
  const { source, out, dataset } = places
  return {
    ...input,
    ...(source !== undefined && { source: resolve(source) }),
    ...(out !== undefined && { out: resolve(out) }),
    ...(dataset !== undefined && { dataset: existsSync(dataset) ? resolve(dataset) : dataset }),
  }
}
