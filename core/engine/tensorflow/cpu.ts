import { readFileSync } from 'node:fs'

/** What the CPU can do, as /proc/cpuinfo names it; empty where the system does not tell. */
export function cpuFlags(): readonly string[] {
  try {
    return /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim().split(/\s+/) ?? []
  } catch {
    return []
  }
}
