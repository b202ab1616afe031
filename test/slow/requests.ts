import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { random } from '../../core/base/random.ts'
import { socketHost } from '../../core/server/access/check.ts'
import { request } from '../../core/server/socketRequest.ts'
import { remove } from '../server/support.ts'
import { newPlace, remainsOf } from './place.ts'
import { trainedPlace } from './trained.ts'
import { contract, type Part, type Route } from './requests/contract.ts'
import { schemaOf, valuesFrom } from './requests/values.ts'

/**
 * `npx node test/slow/requests.ts [--requests 5000] [--seed 1]`: asks a server with a data set, a run, an evaluation and
 * an export for everything that its API has, made of the schemas by which it checks requests: half of them fitting, half
 * with something changed. An answer is a success, or an error with code and sentence; what does not fit is refused. No
 * answer may be of the status 500 and above, be missing after a minute, or end the server. Ends with 1 otherwise.
 *
 * Jobs that begin are canceled at once. Left out: measuring devices, which takes minutes and no input.
 */
const { values: options } = parseArgs({
  options: { requests: { type: 'string', default: '5000' }, seed: { type: 'string', default: '1' } },
})
const patience = 60_000
const folder = mkdtempSync(join(tmpdir(), 'vgg-requests-'))
const template = await trainedPlace(join(folder, 'template'), { evaluated: true })
// Nothing is downloaded, whatever is asked for.
const place = newPlace(join(folder, 'asked'), {
  PIP_NO_INDEX: '1',
  NODE_OPTIONS: '--dns-result-order=verbatim',
})
cpSync(template.home, place.home, { recursive: true })
const server = place.server()
const { socket, token } = await server.ready
let isGone = false
server.child.once('exit', () => (isGone = true))

const routes = contract().filter(({ path }) => path !== '/api/devices/measure')
const { pick, fitting, bent } = valuesFrom(random(Number(options.seed)))
const source = random(Number(options.seed), 1)
const faults: string[] = []
const statuses: Record<string, number> = {}
const asked = new Set<Route>()
let slowest = { ms: 0, what: '' }

const headers = { host: socketHost, authorization: `Bearer ${token}` }

interface Made {
  readonly method: string
  readonly path: string
  readonly body: string | undefined
  /** Whether it has to be refused. */
  readonly misfit: boolean
}

function make({ method, path, checks }: Route): Made {
  const parts = { ...checks }
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!)
  const wrong = source.uniform() < 0.5 ? pick(Object.keys(parts) as Part[]) : undefined
  const made: Partial<Record<Part, unknown>> = {}
  let misfit = false
  for (const [part, schema] of Object.entries(parts) as [Part, NonNullable<(typeof parts)[Part]>][]) {
    const value = fitting(schemaOf(schema))
    made[part] = part === wrong ? bent(value) : value
    // Texts are all that addresses carry; what they were made of may fit again.
    if (part === 'json' && !schema.safeParse(JSON.parse(JSON.stringify(made[part]) ?? 'null')).success)
      misfit = true
  }
  const params = (made.param ?? {}) as Record<string, unknown>
  const filled = names.reduce(
    (text, name) => text.replace(`:${name}`, encoded(String(params[name] ?? 'x')) || 'x'),
    path,
  )
  const query = Object.entries((made.query ?? {}) as Record<string, unknown>)
    .map(([name, value]) => `${encoded(name)}=${encoded(String(value))}`)
    .join('&')
  const body = made.json === undefined ? undefined : JSON.stringify(made.json)
  const broken = body !== undefined && source.uniform() < 0.05
  return {
    ...{ method, path: query === '' ? filled : `${filled}?${query}` },
    body: broken ? body.slice(0, source.integer(body.length)) + '{' : body,
    misfit: misfit || broken,
  }
}

/** What is no Unicode can't be in an address. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed())

async function ask({ method, path, body, misfit }: Made): Promise<void> {
  const what = `${method} ${path} ${body ?? ''}`.slice(0, 500)
  const began = performance.now()
  const sent = {
    ...headers,
    ...(body !== undefined && {
      'content-type': 'application/json',
      // Node itself says it for POST only.
      'content-length': String(Buffer.byteLength(body)),
    }),
    ...(source.uniform() < 0.3 && { 'studio-window': '1' }),
  }
  const response = await request(socket, {
    ...{ method, path, headers: sent, timeout: patience },
    ...(body !== undefined && { body }),
  }).catch((error: Error) => {
    faults.push(`${what}: ${error.message}`)
    return null
  })
  const ms = performance.now() - began
  if (ms > slowest.ms) slowest = { ms, what }
  if (response === null) return
  const { status } = response
  statuses[status] = (statuses[status] ?? 0) + 1
  if (/\/events(\?|$)/.test(path) && response.ok) return void (await response.body!.cancel())
  const text = await response.text()
  if (status >= 500) faults.push(`${what}: ${status} ${text.slice(0, 500)}`)
  else if (status >= 400 && !isError(text, `${decodeURIComponent(path)} ${body ?? ''}`))
    faults.push(`${what}: ${status} without an error: ${text.slice(0, 300)}`)
  else if (status < 400 && misfit) faults.push(`${what}: does not fit, but ${status}`)
  if (status === 202) await cancelAll()
  if (method === 'DELETE' && status === 200) await restore(path)
}

/** @param asked what the sentence may repeat */
function isError(text: string, asked: string): boolean {
  if (!text.startsWith('{')) return false
  const { code, message } = (JSON.parse(text) as { error?: { code?: string; message?: string } }).error ?? {}
  const odd = ['[object', 'undefined', 'NaN'].filter((word) => message?.includes(word))
  return !!code && code !== 'unexpected' && !!message && odd.every((word) => asked.includes(word))
}

const post = async (path: string): Promise<void> => {
  const response = await request(socket, { method: 'POST', path, headers, timeout: patience })
  await response.text()
}

async function cancelAll(): Promise<void> {
  const response = await request(socket, { path: '/api/jobs', headers, timeout: patience })
  const { jobs } = (await response.json()) as { jobs: { id: string; state: string }[] }
  for (const { id, state } of jobs)
    if (['waiting', 'queued', 'running', 'pausing', 'paused'].includes(state))
      await post(`/api/jobs/${id}/cancel`)
}

/** What is deleted would leave the rest with little to ask for. */
async function restore(path: string): Promise<void> {
  if (/^\/api\/(runs|plans)\/\w+$/.test(path)) await post(`${path}/restore`)
}

const count = Number(options.requests)
for (let number = 0; number < count && !isGone; number++) {
  const route = routes[number % routes.length]!
  asked.add(route)
  await ask(make(route))
}
if (isGone) faults.push('The server ended.')
else {
  await cancelAll()
  const code = await server.close()
  if (code !== 0) faults.push(`The server ended with ${code}.`)
}
faults.push(...(await remainsOf(place)))
remove(folder)
for (const fault of faults) console.log(fault)
console.log(
  JSON.stringify(
    { requests: count, routes: asked.size, statuses, faults: faults.length, slowest },
    undefined,
    1,
  ),
)
process.exitCode = faults.length === 0 ? 0 : 1
