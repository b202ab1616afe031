import { execFileSync } from 'node:child_process'

/** Whether a program is there and ends with 0. */
export function succeeds(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
