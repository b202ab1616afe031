import type { Job } from '../../core/server/queue/types.ts'
import { api, ask } from '../api.ts'
import { listen } from './events.svelte.ts'
import { attempt } from './toasts.svelte.ts'

let list = $state.raw<readonly Job[]>([])

const ended: readonly Job['state'][] = ['completed', 'stopped', 'canceled', 'interrupted', 'failed']
export const isEnded = ({ state }: Job): boolean => ended.includes(state)
const isWaiting = ({ state }: Job): boolean => state === 'queued'

/** What works or waits: the working ones first. */
const active = $derived(
  list.filter((job) => !isEnded(job)).sort((a, b) => Number(isWaiting(a)) - Number(isWaiting(b))),
)

export const jobs = {
  get list() {
    return list
  },
  get active() {
    return active
  },
}

export const job = (id: string | undefined): Job | undefined => list.find((one) => one.id === id)

async function load(): Promise<void> {
  const answer = await attempt(() => ask(api.jobs.$get()))
  if (answer) list = answer.jobs
}

/** Follows the server's jobs for as long as the window lives. */
export function followJobs(): void {
  listen((message) => {
    if (message.type === 'hello' || message.type === 'reset') void load()
    if (message.type === 'job') keep(message.job)
    if (message.type === 'job-removed') list = list.filter(({ id }) => id !== message.job)
  })
}

/** Also for a job that one has just started, so that it shows at once. */
export function keep(changed: Job): void {
  const known = list.some(({ id }) => id === changed.id)
  list = known ? list.map((old) => (old.id === changed.id ? changed : old)) : [changed, ...list]
}

const change = (request: Parameters<typeof ask<{ job: Job }>>[0]): Promise<void> =>
  attempt(() => ask(request)).then((answer) => answer && keep(answer.job))

export const pauseJob = (id: string) => change(api.jobs[':job'].pause.$post({ param: { job: id } }))
export const resumeJob = (id: string) => change(api.jobs[':job'].resume.$post({ param: { job: id } }))
export const cancelJob = (id: string) => change(api.jobs[':job'].cancel.$post({ param: { job: id } }))

export const dismissJob = (id: string): Promise<unknown> =>
  attempt(() => ask(api.jobs[':job'].$delete({ param: { job: id } })))
