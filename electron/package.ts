import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashesFile, hashesOf } from './hashes.ts'
import { billOfMaterials } from './packaging/billOfMaterials.ts'
import { bundleCore } from './packaging/bundle.ts'
import { installedIn, noticesOf } from './packaging/notices.ts'
import { bytesOf, prune } from './packaging/prune.ts'

/**
 * `npm run package`: builds the window, compiles core (Node strips no types inside of an installation) into few files,
 * puts it with its own Node and native modules into dist/package/studio, and makes installers of both, with a bill of materials
 * (CycloneDX) beside them.
 * Arguments go to electron-builder: `npm run package -- --dir`. `npm run package -- --npm` makes the npm package instead.
 */

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const installers = join(dist, 'installers')

/** Bytes that an installation's part outside of the archive may have: what is new in it should be noticed. */
const budget = 300e6

const args = process.argv.slice(2)
if (args[0] === '--npm') await makeNpmPackage()
else await makeInstallers()

async function makeInstallers(): Promise<void> {
  const studio = join(dist, 'package', 'studio')
  await build(studio)
  installPackages(studio)
  prune(join(studio, 'node_modules'), { platform: process.platform, arch: process.arch })
  const { name, version, ...rest } = manifest()
  writeFileSync(join(studio, 'package.json'), JSON.stringify({ name, version, ...rest }, null, 2))
  writeFileSync(join(studio, 'THIRD-PARTY-NOTICES.txt'), noticesOf(root, installedIn(studio)))
  const bytes = bytesOf(studio)
  console.log(`Outside of the archive: ${Math.round(bytes / 1e6)} MB`)
  if (bytes > budget)
    throw new Error(`That is more than ${budget / 1e6} MB: electron/package.ts has the budget.`)
  writeFileSync(join(dist, 'electron', hashesFile), JSON.stringify(await hashesOf(studio)))
  run('npx', ['electron-builder', ...publisher(), ...homepage(), ...args], root)
  // The builder has emptied or made the folder.
  mkdirSync(installers, { recursive: true })
  writeFileSync(join(installers, `${name}-${version}.cdx.json`), billOfMaterials(root))
}

/** What core needs, as the lock file has it. Of tfjs-node only the sources that are compiled against a libtensorflow. */
function installPackages(studio: string): void {
  for (const name of ['package.json', 'package-lock.json', '.npmrc'])
    cpSync(join(root, name), join(studio, name))
  const quietly = ['--omit=dev', '--no-audit', '--no-fund']
  run('npm', ['ci', ...quietly], studio)
  const tensorflow = 'node_modules/@tensorflow/tfjs-node-gpu'
  const kept = ['package.json', 'binding'].map((name) => join(tensorflow, name))
  for (const path of kept) cpSync(join(studio, path), join(studio, 'kept', path), { recursive: true })
  run('npm', ['uninstall', '@tensorflow/tfjs-node-gpu', ...quietly], studio)
  cpSync(join(studio, 'kept', 'node_modules'), join(studio, 'node_modules'), { recursive: true })
  for (const name of ['kept', 'package-lock.json', '.npmrc', 'node_modules/.package-lock.json'])
    rmSync(join(studio, name), { recursive: true, force: true })
}

/** Where updates come from: a build without that asks nobody. */
function publisher(): readonly string[] {
  const url = process.env['VGG_STUDIO_UPDATES']
  return url ? ['-c.publish.provider=generic', `-c.publish.url=${url}`, '--publish', 'never'] : []
}

/** A .deb may name where it comes from. */
function homepage(): readonly string[] {
  const url = process.env['VGG_STUDIO_HOMEPAGE']
  return url ? [`-c.extraMetadata.homepage=${url}`] : []
}

/** dist/npm, packed: what `npm install -g` takes; its dependencies come from the registry. */
async function makeNpmPackage(): Promise<void> {
  const folder = join(dist, 'npm')
  await build(folder)
  cpSync(join(dist, 'renderer'), join(folder, 'dist', 'renderer'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest(), files: ['**/*'] }, null, 2))
  cpSync(join(root, 'README.md'), join(folder, 'README.md'))
  run('npm', ['pack', folder, '--pack-destination', dist], root)
}

/** package.json without what only a checkout needs. */
function manifest(): { readonly name: string; readonly version: string } & Record<string, unknown> {
  const text = readFileSync(join(root, 'package.json'), 'utf8')
  const {
    devDependencies: _,
    scripts: __,
    private: ___,
    main: ____,
    ...rest
  } = JSON.parse(text) as { name: string; version: string; [key: string]: unknown }
  return rest
}

/** The window and Electron's scripts into dist; core compiled, and what it reads, into a folder. */
async function build(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  rmSync(join(dist, 'electron'), { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  run('npm', ['run', '--silent', 'build'], root)
  await bundleCore(join(root, 'core'), join(folder, 'core'))
  cpSync(join(root, 'core/cli/vgg-studio.js'), join(folder, 'core/cli/vgg-studio.js'))
  cpSync(join(root, 'core/bench/peer.py'), join(folder, 'core/bench/peer.py'))
  cpSync(join(root, 'core/export/loaders'), join(folder, 'core/export/loaders'), { recursive: true })
  cpSync(join(root, 'core/cluster/python'), join(folder, 'core/cluster/python'), { recursive: true })
  for (const name of ['icons', 'presets', 'sample', 'check', 'page-headers.json'])
    cpSync(join(root, 'resources', name), join(folder, 'resources', name), { recursive: true })
  for (const name of ['LICENSE', 'NOTICE']) cpSync(join(root, name), join(folder, name))
}

function run(program: string, programArgs: readonly string[], cwd: string): void {
  const shell = process.platform === 'win32'
  const { status, error } = spawnSync(program, programArgs, { cwd, stdio: 'inherit', shell })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}
