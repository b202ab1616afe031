import { readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Where process ids mean something: the machine, and on Linux the process namespace (containers share a name). */
export function thisHost(): string {
  if (process.platform !== 'linux') return hostname()
  try {
    return `${hostname()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return `${hostname()} `
  }
}

/** Whether a process of this machine has that id now. */
export function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
