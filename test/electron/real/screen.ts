import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const size = { width: 1920, height: 1080 }

/**
 * Runs a command on a screen of its own where Xvfb is, so that no window comes up before the person who works here.
 * @returns its exit code
 */
export function runOnScreen(command: readonly string[], cwd: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-screen-'))
  const xvfb = ['xvfb-run', '-a', '-s', `-screen 0 ${size.width}x${size.height}x24 -fbdir ${folder}`]
  const [program, ...args] = [...(existsSync('/usr/bin/xvfb-run') ? xvfb : []), ...command] as [
    string,
    ...string[],
  ]
  const env = { ...process.env, STUDIO_TEST_SCREEN: folder }
  try {
    const { status, error } = spawnSync(program, args, { cwd, stdio: 'inherit', env })
    if (error) throw error
    return status ?? 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What the screen shows, as Xvfb keeps it: 8-bit blue, green, red and nothing, row by row. Null without Xvfb. */
export function screenPixels(): Buffer | null {
  const file = join(process.env['STUDIO_TEST_SCREEN'] ?? '', 'Xvfb_screen0')
  if (!existsSync(file)) return null
  const dump = readFileSync(file)
  // The format of xwd: 32-bit big-endian fields, then a name, a color map of 12 bytes each, and the pixels.
  const [header, colors] = [dump.readUInt32BE(0), dump.readUInt32BE(4 * 19)]
  return dump.subarray(header + 12 * colors, header + 12 * colors + 4 * size.width * size.height)
}
