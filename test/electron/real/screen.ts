import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/**
 * Runs a command on a screen of its own where Xvfb is, so that no window comes up before whoever works here.
 * @returns its exit code
 */
export function runOnScreen(command: readonly string[], cwd: string): number {
  const screen = existsSync('/usr/bin/xvfb-run') ? ['xvfb-run', '-a', '-s', '-screen 0 1920x1080x24'] : []
  const [program, ...args] = [...screen, ...command] as [string, ...string[]]
  const env = { ...process.env, STUDIO_TEST_SCREEN: '1' }
  const { status, error } = spawnSync(program, args, { cwd, stdio: 'inherit', env })
  if (error) throw error
  return status ?? 1
}
