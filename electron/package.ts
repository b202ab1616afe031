import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * `npm run package`: builds the window, compiles core file by file (Node strips no types inside of an installation),
 * puts it with its own Node and native modules into dist/package/studio, and makes installers of both.
 * Arguments go to electron-builder: `npm run package -- --dir`.
 */

const root = fileURLToPath(new URL('..', import.meta.url))
const studio = join(root, 'dist', 'package', 'studio')

rmSync(join(root, 'dist', 'package'), { recursive: true, force: true })
mkdirSync(studio, { recursive: true })
run('npm', ['run', '--silent', 'build'], root)
run('npx', ['tsc', '-p', 'electron/tsconfig.package.json'], root)
for (const name of ['package.json', 'package-lock.json', '.npmrc', 'resources', 'LICENSE', 'NOTICE']) {
  cpSync(join(root, name), join(studio, name), { recursive: true })
}
run('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund'], studio)
run('npx', ['electron-builder', ...process.argv.slice(2)], root)

function run(program: string, args: readonly string[], cwd: string): void {
  const shell = process.platform === 'win32'
  const { status, error } = spawnSync(program, args, { cwd, stdio: 'inherit', shell })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}
