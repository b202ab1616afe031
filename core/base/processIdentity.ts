import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hasProcess, thisHost } from './host.ts'

/** Names one process for all time: a process id alone is given to another process sooner or later. */
export interface ProcessIdentity {
  /** Where process ids mean something: the machine, and on Linux the process namespace (containers share a name). */
  readonly host: string
  readonly pid: number
  /** When it started, in the system's own terms; equal for the same process, compared only. Empty if unknown. */
  readonly started: string
}

export function thisProcess(): ProcessIdentity {
  return { host: thisHost(), pid: process.pid, started: startOf(process.pid) }
}

/** Whether that process runs on this machine now; null where this machine can't tell (it ran on another). */
export function isAlive(identity: ProcessIdentity): boolean | null {
  if (identity.host !== thisHost()) return null
  if (!hasProcess(identity.pid)) return false
  const started = startOf(identity.pid)
  return started === '' || identity.started === '' || started === identity.started
}

/** When a process of this machine has started, in the system's own terms, to be compared only; empty if unknown. */
export function startOf(pid: number): string {
  switch (process.platform) {
    case 'linux':
      return attempt(() => linuxStart(pid))
    case 'win32':
      return attempt(() => run('powershell', ['-NoProfile', '-Command', windowsStart(pid)]))
    default:
      return attempt(() => run('ps', ['-o', 'lstart=', '-p', String(pid)]))
  }
}

/** Clock ticks since boot (field 22 of /proc/PID/stat), and which boot. */
function linuxStart(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return `${boot} ${afterName[19]}`
}

function windowsStart(pid: number): string {
  return `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`
}

function run(program: string, parameters: readonly string[]): string {
  // A fixed locale, since the answer is compared with one that another process got.
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
  return execFileSync(program, parameters, {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()
}

function attempt(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
