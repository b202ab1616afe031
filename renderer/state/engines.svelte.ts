import type { Job } from '../../core/server/queue/types.ts'
import { api, ask } from '../api.ts'
import { isEnded, jobs, storeJob } from './jobs.svelte.ts'
import { resource } from './resource.svelte.ts'
import { attempt } from './toasts.svelte.ts'

/** What can be installed, and what it would bring; again whenever something was installed or removed. */
export const engineState = () =>
  resource(
    () => ask(api.engines.$get()),
    ({ type }) => type === 'devices',
  )

/** Installations and removals that run or wait, and those that failed until they are dismissed. */
export const engineJobs = (): readonly Job[] =>
  jobs.list.filter(
    (job) =>
      (job.kind === 'install' || job.kind === 'uninstall') && (!isEnded(job) || job.state === 'failed'),
  )

export async function installEngine(name: string, variant: string): Promise<void> {
  const request = { param: { name }, json: { variant } }
  const answer = await attempt(() => ask(api.engines[':name'].install.$post(request as never)))
  if (answer) storeJob(answer.job)
}

export async function removeEngine(name: string): Promise<void> {
  const answer = await attempt(() => ask(api.engines[':name'].$delete({ param: { name } as never })))
  if (answer) storeJob(answer.job)
}
