import type { Job } from '../../core/server/queue/types.ts'
import { ask } from '../api.ts'
import { job, storeJob } from './jobs.svelte.ts'
import { go } from './router.svelte.ts'
import { attempt } from './toasts.svelte.ts'

/**
 * A job that this view starts: the window follows it to what it makes.
 * @param address where that is; undefined while it isn't there yet
 */
export function startedJob(address: (job: Job) => string | undefined) {
  let id = $state<string>()
  let asking = $state(false)
  const current = $derived(job(id))
  $effect(() => {
    const made = current && address(current)
    if (made !== undefined) go(made)
  })
  return {
    get current() {
      return current
    },
    /** From the request until the job's end. */
    get busy() {
      return asking || (current !== undefined && current.ended === null)
    },
    /** What goes wrong is said. @returns the job as it began; undefined where it did not */
    async start(request: () => Parameters<typeof ask<{ readonly job: Job }>>[0]): Promise<Job | undefined> {
      asking = true
      const answer = await attempt(() => ask(request()))
      asking = false
      if (!answer) return undefined
      storeJob(answer.job)
      id = answer.job.id
      return answer.job
    },
  }
}
