import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { askServer } from '../../core/server/client.ts'
import { endStates, type Job } from '../../core/server/queue/types.ts'
import { remove, smallFolder, tinyRecipe } from '../server/support.ts'
import { nameOf, newPlace, remainsOf } from './place.ts'

/**
 * `npx node test/slow/endurance.ts [--steps 10000] [--cycles 500]`: trains that many updates in one go, then stops and
 * resumes the run that often, all under one server, and looks at memory, handles, threads, processes and files meanwhile.
 * Prints, for the process that trains and for the server, the level of each after the first fifth, and what is added to it
 * in the rest (a line fitted by least squares). Ends with 1 where memory has grown by more than a tenth, or anything else
 * by one or more.
 */
const { values } = parseArgs({
  options: { steps: { type: 'string', default: '10000' }, cycles: { type: 'string', default: '500' } },
})
/** Updates of an epoch: 3 classes of 120 pictures in batches of 12. */
const updates = 30
const folder = mkdtempSync(join(tmpdir(), 'vgg-endurance-'))
const pictures = smallFolder(3, 120)
const place = newPlace(folder, {})
const imported = await place.command(['import', pictures, '--name', 'clothes']).ended
if (imported !== 0) throw new Error('The import failed.')
const server = place.server()
const discovery = await server.ready

interface Sample {
  readonly memory: number
  readonly handles: number
  readonly threads: number
  readonly processes: number
  readonly files: number
}

/** @returns null where the process is gone */
function look(pid: number): Sample | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)![1])
    return {
      memory: field('VmRSS') / 1024,
      handles: readdirSync(`/proc/${pid}/fd`).length,
      threads: field('Threads'),
      processes: place.processes().length,
      files: readdirSync(folder, { recursive: true }).length,
    }
  } catch {
    return null
  }
}

/** Level at the start and growth to the end of a fitted line, over all but the first fifth. */
function trend(samples: readonly number[]): { readonly level: number; readonly growth: number } {
  const rest = samples.slice(Math.ceil(samples.length / 5))
  const middle = (rest.length - 1) / 2
  const mean = rest.reduce((sum, value) => sum + value, 0) / rest.length
  let [products, squares] = [0, 0]
  rest.forEach((value, index) => {
    products += (index - middle) * (value - mean)
    squares += (index - middle) ** 2
  })
  const growth = squares === 0 ? 0 : (products / squares) * (rest.length - 1)
  return { level: mean - growth / 2, growth }
}

let faults = 0
function tell(what: string, samples: readonly Sample[]): void {
  const names = Object.keys(samples[0]!) as (keyof Sample)[]
  const parts = names.map((name) => {
    const { level, growth } = trend(samples.map((sample) => sample[name]))
    const grows = name === 'memory' ? growth > level / 10 : growth >= 1
    if (grows) faults++
    return `${name} ${level.toFixed(1)} ${growth < 0 ? '−' : '+'}${Math.abs(growth).toFixed(1)}${grows ? ' GROWS' : ''}`
  })
  console.log(`${what} (${samples.length} looks): ${parts.join(', ')}`)
}

const jobOf = (id: string): Promise<Job> =>
  askServer<{ job: Job }>(discovery, 'GET', `/api/jobs/${id}`).then(({ job }) => job)
const hasEnded = ({ state }: Job): boolean => (endStates as readonly string[]).includes(state)
const add = (kind: string, input: object): Promise<Job> =>
  askServer<{ job: Job }>(discovery, 'POST', '/api/jobs', { kind, input }).then(({ job }) => job)

async function until(
  id: string,
  enough: (job: Job) => boolean,
  meanwhile = (): void => undefined,
): Promise<Job> {
  for (;;) {
    const job = await jobOf(id)
    if (enough(job)) return job
    if (hasEnded(job)) throw new Error(`${job.state}: ${JSON.stringify(job.error)}`)
    meanwhile()
    await delay(50)
  }
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(0)} s`

/** One training, and what it takes. */
let began = performance.now()
const epochs = Math.ceil(Number(values.steps) / updates)
const long = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs } }
const training = await add('train', { dataset: 'd1', recipe: long })
const [trainer, whileTraining]: [Sample[], Sample[]] = [[], []]
let seen = 0
await until(training.id, hasEnded, () => {
  if (performance.now() - seen < 1000) return
  seen = performance.now()
  const pid = place.processes().find((process) => nameOf(process).includes('jobs/process/trainer'))
  const [own, ofServer] = [pid === undefined ? null : look(pid), look(server.child.pid!)]
  if (own && ofServer) {
    trainer.push(own)
    whileTraining.push(ofServer)
  }
})
const { state } = await jobOf(training.id)
if (state !== 'completed') throw new Error(`The training ended as ${state}.`)
console.log(`${epochs * updates} updates in ${seconds(began)}`)
tell('the process that trains', trainer)
tell('the server meanwhile', whileTraining)

/** Another one, stopped and resumed. */
began = performance.now()
const endless = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 1_000_000 } }
let job = await add('train', { dataset: 'd1', recipe: endless })
const betweenCycles: Sample[] = []
const cycles = Number(values.cycles)
for (let cycle = 1; cycle <= cycles; cycle++) {
  await until(job.id, ({ state, progress }) => state === 'running' && progress?.epoch !== undefined)
  await askServer(discovery, 'POST', `/api/jobs/${job.id}/cancel`)
  await until(job.id, hasEnded)
  while (place.processes().some((pid) => nameOf(pid).includes('jobs/process/'))) await delay(10)
  betweenCycles.push(look(server.child.pid!)!)
  if (cycle < cycles) job = await add('resume', { run: 'r2' })
}
console.log(`${cycles} times started and stopped in ${seconds(began)}`)
tell('the server between them', betweenCycles)

const code = await server.close()
const left = await remainsOf(place)
for (const line of left) console.log(line)
if (code !== 0 || left.length > 0) faults++
remove(folder, pictures)
console.log(`${faults} faults`)
process.exitCode = faults === 0 ? 0 : 1
