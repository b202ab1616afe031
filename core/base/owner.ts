import { createHash } from 'node:crypto'
import { hasProcess, thisHost } from './host.ts'
import { startOf } from './processIdentity.ts'

/** Who is writing a file, as its name or a lock beside it says: process id, machine and start of the process. */
export interface Owner {
  readonly pid: number
  /** Hashes, 8 hexadecimal digits; undefined where the file does not say. */
  readonly host?: string | undefined
  readonly start?: string | undefined
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/** Windows takes half a second to tell when a process has started. */
const startHash = (pid: number): string => hash(process.platform === 'win32' ? '' : startOf(pid))
const unknownStart = hash('')

let signed: string | undefined

/** This process as an owner: `PID-HOST-START`. */
export const thisOwner = (): string =>
  (signed ??= `${process.pid}-${hash(thisHost())}-${startHash(process.pid)}`)

/** Of a text as thisOwner writes it, or of a process id alone, as earlier versions did; null of others. */
export function readOwner(text: string): Owner | null {
  const [, pid, host, start] = /^(\d+)(?:-([0-9a-f]{8})-([0-9a-f]{8}))?$/.exec(text) ?? []
  return pid === undefined ? null : { pid: Number(pid), host, start }
}

/**
 * Whether the owner still runs; null where this machine can't tell. A process id that another program has got since does
 * not keep it alive.
 */
export function isRunning({ pid, host, start }: Owner): boolean | null {
  if (host !== undefined && host !== hash(thisHost())) return null
  if (!hasProcess(pid)) return false
  if (start === undefined || start === unknownStart) return true
  const now = startHash(pid)
  return now === unknownStart || now === start
}
