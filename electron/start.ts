import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * `npm start`: builds what has changed, and opens the application in Electron; where that can't be had, says so in one
 * line and serves the same application to the browser. Arguments go to “vgg-studio serve”.
 */

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '')

const reason = whyNoWindow()
const electron = reason === null ? findElectron() : null
if (electron === null) {
  console.error(
    `Electron can’t be used here (${reason ?? 'its program could not be fetched'}): serving to the browser.`,
  )
}
build()
if (electron === null) {
  run(process.execPath, [join(root, 'core', 'cli', 'vgg-studio.js'), 'serve', ...process.argv.slice(2)])
} else run(electron, [root])

function build(): void {
  if (
    newest(['renderer', 'electron', 'vite.config.ts', 'vite.electron.config.ts']) <
    oldest(['dist/renderer/index.html', 'dist/electron/main.js'])
  )
    return
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  console.error('Building the window …')
  const { status, stderr } = spawnSync(npm, ['run', '--silent', 'build'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  if (status === 0) return
  // Warnings are for developers, who see them with `npm run build`.
  console.error(stderr)
  process.exit(status ?? 1)
}

function newest(paths: readonly string[]): number {
  const times = paths.flatMap((path) => {
    const full = join(root, path)
    if (!statSync(full).isDirectory()) return statSync(full).mtimeMs
    return readdirSync(full, { recursive: true, withFileTypes: true }).map(
      ({ parentPath, name }) => statSync(join(parentPath, name)).mtimeMs,
    )
  })
  return Math.max(...times)
}

function oldest(paths: readonly string[]): number {
  return Math.min(...paths.map((path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0))
}

/** Null where there is nothing in the way of a window. */
function whyNoWindow(): string | null {
  if (process.platform !== 'linux') return null
  if (!process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return 'there is no display'
  return process.getuid?.() === 0 ? 'it does not run as root' : null
}

/** The package comes without the program, which is fetched once, from its maker's releases. */
function findElectron(): string | null {
  const folder = packageFolder()
  if (folder === null) return null
  return programIn(folder) ?? (fetchProgram(folder) ? programIn(folder) : null)
}

function packageFolder(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'))
  } catch {
    return null
  }
}

function programIn(folder: string): string | null {
  const name = join(folder, 'path.txt')
  if (!existsSync(name)) return null
  const program = join(folder, 'dist', readFileSync(name, 'utf8'))
  return existsSync(program) ? program : null
}

/** Milliseconds; about 120 MB. */
const patience = 600_000

function fetchProgram(folder: string): boolean {
  console.error('Fetching Electron (about 120 MB, once) …')
  const { status } = spawnSync(process.execPath, [join(folder, 'install.js')], {
    stdio: 'ignore',
    timeout: patience,
  })
  return status === 0
}

function run(program: string, args: readonly string[]): void {
  const child = spawn(program, args, { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
}
