import type { Job } from '../../core/server/queue/types.ts'
import { api, ask } from '../api.ts'
import { connection, listen } from './events.svelte.ts'
import { attempt } from './toasts.svelte.ts'

let list = $state.raw<readonly Job[]>([])
let order = $state.raw<readonly string[]>([])

const ended: readonly Job['state'][] = ['completed', 'stopped', 'canceled', 'interrupted', 'failed']
export const isEnded = ({ state }: Job): boolean => ended.includes(state)

/** Whether something was in this state when the server was last heard, and may not be any more. */
export const isUnsure = (state: string): boolean =>
  connection.state === 'lost' && ['running', 'pausing', 'stopping'].includes(state)

/** Seconds until a working job's end; null where nobody can tell, as without a connection. */
export const timeLeft = ({ state, progress }: Job): number | null =>
  state === 'running' && !isUnsure(state) ? (progress?.secondsLeft ?? null) : null

/** Whether it trains: it can pause, and saves when it is stopped. */
export const trains = ({ kind }: Job): boolean => kind === 'train' || kind === 'resume' || kind === 'plan'

const isWaiting = ({ state }: Job): boolean => state === 'queued'

/** What works or waits: the working ones first. */
const active = $derived(
  list.filter((job) => !isEnded(job)).sort((a, b) => Number(isWaiting(a)) - Number(isWaiting(b))),
)

/** In the order in which they start; one that the order doesn't know yet is the last. */
const waiting = $derived.by(() => {
  const place = new Map(order.map((id, index) => [id, index]))
  const at = ({ id }: Job): number => place.get(id) ?? order.length
  return list.filter(isWaiting).sort((a, b) => at(a) - at(b))
})

export const jobs = {
  get list() {
    return list
  },
  get active() {
    return active
  },
  get waiting() {
    return waiting
  },
}

export const job = (id: string | undefined): Job | undefined => list.find((one) => one.id === id)

async function load(): Promise<void> {
  const answer = await attempt(() => ask(api.jobs.$get()))
  if (!answer) return
  list = answer.jobs
  order = list.filter(isWaiting).map(({ id }) => id)
}

/** Follows the server's jobs for as long as the window lives. */
export function followJobs(): void {
  listen((message) => {
    if (message.type === 'hello' || message.type === 'reset') void load()
    if (message.type === 'job') storeJob(message.job)
    if (message.type === 'queue') order = message.order
    if (message.type === 'job-removed') list = list.filter(({ id }) => id !== message.job)
  })
}

/** Also for a job that one has just started, so that it shows at once. An answer may be older than the last event. */
export function storeJob(changed: Job): void {
  const before = job(changed.id)
  if (before && isEnded(before) && !isEnded(changed)) return
  const known = before !== undefined
  list = known ? list.map((old) => (old.id === changed.id ? changed : old)) : [changed, ...list]
}

const change = (request: Parameters<typeof ask<{ job: Job }>>[0]): Promise<void> =>
  attempt(() => ask(request)).then((answer) => answer && storeJob(answer.job))

export const pauseJob = (id: string) => change(api.jobs[':job'].pause.$post({ param: { job: id } }))
export const resumeJob = (id: string) => change(api.jobs[':job'].resume.$post({ param: { job: id } }))
export const cancelJob = (id: string) => change(api.jobs[':job'].cancel.$post({ param: { job: id } }))

/** Ends the trials before a training. */
export const skipTrials = (id: string) => change(api.jobs[':job'].skip.$post({ param: { job: id } }))

/** Once more what did not come to its end. */
export const repeatJob = (id: string) => change(api.jobs[':job'].again.$post({ param: { job: id } }))

let lastMove: Promise<unknown> = Promise.resolve()

/** The waiting job to another place, 0 …; one request at a time, since the server keeps the order that arrives last. */
export async function moveJob(id: string, place: number): Promise<void> {
  const others = waiting.map((one) => one.id).filter((one) => one !== id)
  const wanted = others.toSpliced(place, 0, id)
  order = wanted
  const move = lastMove.then(() => attempt(() => ask(api.jobs.order.$put({ json: { order: wanted } }))))
  lastMove = move
  const answer = await move
  // A later move shows already, and has an answer of its own.
  if (lastMove !== move) return
  if (answer) order = answer.order
  else await load()
}

export const dismissJob = (id: string): Promise<unknown> =>
  attempt(() => ask(api.jobs[':job'].$delete({ param: { job: id } })))
