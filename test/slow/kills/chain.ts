import { isDeepStrictEqual } from 'node:util'
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../../../core/base/random.ts'
import type { Id } from '../../../core/registry/types.ts'
import { askServer } from '../../../core/server/client.ts'
import type { Discovery } from '../../../core/server/discovery.ts'
import { endStates, type Job } from '../../../core/server/queue/types.ts'
import { damageIn, withRegistry } from './check.ts'
import { nameOf, untilGone, type Place, type StartedServer } from '../place.ts'
import type { Asked, Work } from './works.ts'

export type Victim = 'command' | 'worker' | 'server'

export interface Chain {
  readonly kills: number
  /** What was not as it has to be. */
  readonly faults: readonly string[]
  /** The longest that a process outlived what had started it, ms. */
  readonly slowest: number
}

/** An uninterrupted one. */
export interface Whole {
  /** ms */
  readonly takes: number
  readonly result: unknown
}

/** Does the work once from its beginning to its end. */
export async function whole(place: Place, work: Work): Promise<Whole> {
  const began = performance.now()
  const command = place.command(withRegistry(place.home, (registry) => work.next(registry, 0)).command)
  const code = await command.ended
  if (code !== 0)
    throw new Error(`Uninterrupted it ended with ${code}: ${JSON.stringify(command.lines().at(-1))}`)
  return { takes: performance.now() - began, result: resultOf(place, work) }
}

const resultOf = ({ home }: Place, work: Work): unknown =>
  withRegistry(home, (registry) => work.result(registry!, home))

/** Kills again and again at the same work in the same home, then lets it come to its end, and compares. */
export async function killAgainAndAgain(
  place: Place,
  work: Work,
  { victim, kills, whole, random }: { victim: Victim; kills: number; whole: Whole; random: Random },
): Promise<Chain> {
  const faults: string[] = []
  const known = new Set<Id>()
  let server: StartedServer | null = null
  let [killed, slowest, attempt] = [0, 0, 0]
  const within = 'ms' in work.within ? work.within.ms : work.within.part * whole.takes

  while (killed < kills && attempt < 4 * kills) {
    attempt++
    const asked = withRegistry(place.home, (registry) => work.next(registry, attempt))
    server = victim === 'command' ? null : (server ?? place.server())
    const going = await start(place, asked, server, victim)
    await work.until?.(place.home, going.isOver)
    await Promise.race([delay(within * random.uniform()), going.over])
    const target = going.isOver() ? undefined : await going.target()
    if (target === undefined) {
      const fault = await going.fault()
      if (fault !== null) faults.push(`attempt ${attempt}: ${fault}`)
      continue
    }
    process.kill(target, 'SIGKILL')
    killed++
    await going.over
    if (victim !== 'worker') {
      server = null
      slowest = Math.max(slowest, await untilGone(place).catch((error: Error) => noted(faults, place, error)))
    }
    for (const damage of await damageIn(place.home, known)) faults.push(`kill ${killed}: ${damage}`)
  }
  await server?.close()
  await finish(place, work, victim, attempt + 1).catch((error: Error) => faults.push(error.message))
  slowest = Math.max(slowest, await untilGone(place).catch((error: Error) => noted(faults, place, error)))
  for (const damage of await damageIn(place.home, known)) faults.push(`at the end: ${damage}`)
  for (const path of place.leftovers()) faults.push(`left: ${path}`)
  const result = resultOf(place, work)
  if (!isDeepStrictEqual(result, whole.result))
    faults.push(
      `its result differs: ${JSON.stringify(result).slice(0, 2000)}, uninterrupted ${JSON.stringify(whole.result).slice(0, 2000)}`,
    )
  return { kills: killed, faults, slowest }
}

/** What outlives its time is a fault, and ends here. */
function noted(faults: string[], place: Place, { message }: Error): number {
  faults.push(message)
  for (const pid of place.processes()) process.kill(pid, 'SIGKILL')
  return 60_000
}

interface Going {
  readonly isOver: () => boolean
  readonly over: Promise<unknown>
  /** Whom to kill; undefined where it is over before. */
  target(): Promise<number | undefined>
  /** Why it failed by itself; null where it did not. */
  fault(): Promise<string | null>
}

async function start(
  place: Place,
  asked: Asked,
  server: StartedServer | null,
  victim: Victim,
): Promise<Going> {
  if (server === null) {
    const { child, ended, lines } = place.command(asked.command)
    return {
      ...observed(ended),
      target: () => Promise.resolve(child.pid),
      fault: async () => ((await ended) === 0 ? null : JSON.stringify(lines().at(-1))),
    }
  }
  if (asked.job === null) {
    const over = new Promise((resolve) => server.child.once('exit', resolve))
    return {
      ...observed(over),
      target: () => Promise.resolve(server.child.pid),
      fault: () => Promise.resolve(null),
    }
  }
  const discovery = await server.ready
  const { job } =
    (await kept(discovery, asked.job)) ??
    (await askServer<{ job: Job }>(discovery, 'POST', '/api/jobs', asked.job))
  const look = (): Promise<Job> =>
    askServer<{ job: Job }>(discovery, 'GET', `/api/jobs/${job.id}`).then((answer) => answer.job)
  const ended = untilEnded(look)
  const seen = observed(ended)
  return {
    ...seen,
    async target() {
      if (victim === 'server') return server.child.pid
      for (; !seen.isOver(); await delay(5)) {
        const worker = place
          .processes()
          .find((pid) => /jobs\/process\/(worker|preparer|trainer)/.test(nameOf(pid)))
        if (worker !== undefined) return worker
      }
      return undefined
    },
    async fault() {
      const { state, error } = (await ended) ?? {}
      return state === 'completed' ? null : `${state}: ${JSON.stringify(error)}`
    },
  }
}

/** What waited when its server was killed is started by the next one: it needs not be asked for again. */
async function kept(
  discovery: Discovery,
  { kind }: NonNullable<Asked['job']>,
): Promise<{ readonly job: Job } | undefined> {
  const { jobs } = await askServer<{ jobs: readonly Job[] }>(discovery, 'GET', '/api/jobs')
  const job = jobs.find((one) => one.kind === kind && !hasEnded(one))
  return job && { job }
}

const hasEnded = ({ state }: Job): boolean => (endStates as readonly string[]).includes(state)

/** Null where the server went. */
async function untilEnded(look: () => Promise<Job>): Promise<Job | null> {
  for (;;) {
    const job = await look().catch(() => null)
    if (job === null || hasEnded(job)) return job
    await delay(50)
  }
}

function observed(over: Promise<unknown>): Pick<Going, 'isOver' | 'over'> {
  let isOver = false
  void over.then(() => (isOver = true))
  return { over, isOver: () => isOver }
}

/** Lets the work come to its end, then starts and ends a server, as the next opening of the window does. */
async function finish(place: Place, work: Work, victim: Victim, attempt: number): Promise<void> {
  const asked = withRegistry(place.home, (registry) => work.next(registry, attempt))
  const server = place.server()
  const discovery = await server.ready
  const going =
    victim === 'command' || asked.job === null
      ? await start(place, asked, null, 'command')
      : await start(place, asked, server, victim)
  await going.over
  const fault = await going.fault()
  await askServer(discovery, 'GET', '/api/runs')
  const code = await server.close()
  if (fault !== null) throw new Error(`In the end it failed: ${fault}`)
  if (code !== 0) throw new Error(`The last server ended with ${code}.`)
}
