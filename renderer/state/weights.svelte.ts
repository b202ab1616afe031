import type { Job } from '../../core/server/queue/types.ts'
import { api, ask } from '../api.ts'
import { isEnded, jobs, storeJob } from './jobs.svelte.ts'
import { resource } from './resource.svelte.ts'
import { attempt } from './toasts.svelte.ts'

/** Weights that others have trained: those that are here and those that can be had; again whenever some came. */
export const weightsState = () =>
  resource(
    () => ask(api.weights.$get()),
    (message) => message.type === 'job' && isWeights(message.job) && isEnded(message.job),
  )
export type WeightsState = ReturnType<typeof weightsState>

const isWeights = ({ kind }: Job): boolean => kind === 'getWeights' || kind === 'importWeights'

/** Downloads of weights that are under way or waiting, and failed ones until they are dismissed. */
export const weightsJobs = (): readonly Job[] =>
  jobs.list.filter((job) => isWeights(job) && (!isEnded(job) || job.state === 'failed'))

export async function getWeights(name: string): Promise<void> {
  const answer = await attempt(() => ask(api.weights[':name'].get.$post({ param: { name } })))
  if (answer) storeJob(answer.job)
}

/** @param how a data set to try preprocessings on, or the preprocessing, where the file does not say it */
export async function importWeights(
  source: string,
  how: { readonly dataset?: string; readonly preprocessing?: string },
): Promise<void> {
  const answer = await attempt(() => ask(api.weights.import.$post({ json: { source, ...how } })))
  if (answer) storeJob(answer.job)
}

export const removeWeights = (name: string): Promise<unknown> =>
  attempt(() => ask(api.weights[':name'].$delete({ param: { name } })))
