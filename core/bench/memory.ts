import { readFileSync } from 'node:fs'

/** Bytes of main memory that this process has had at most: VmHWM where the system tells, else `maxRSS`. */
export function peakMemory(): number {
  try {
    const kibibytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    if (kibibytes !== undefined) return 1024 * Number(kibibytes)
  } catch {
    // The system is not Linux.
  }
  return 1024 * process.resourceUsage().maxRSS
}
