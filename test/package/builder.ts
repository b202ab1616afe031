import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { buildFor } from '../electron/real/build.ts'
import type { Runtime } from '../electron/real/runtime.ts'

const root = resolve(import.meta.dirname, '../..')

/** electron-builder's own reader. */
const { load } = createRequire(createRequire(import.meta.url).resolve('electron-builder'))('js-yaml') as {
  load(text: string): unknown
}

/** Fuses that the older Electron does not have yet. */
const lacking = ['loadBrowserProcessSpecificV8Snapshot', 'grantFileProtocolExtraPrivileges']
export const skippedFuses: readonly string[] = lacking

export interface Configuration {
  readonly electronFuses: Record<string, boolean>
  readonly [key: string]: unknown
}

export interface Made {
  /** The application, as it will be installed. */
  readonly folder: string
  readonly deb: string
}

export const configuration = (): Configuration =>
  load(readFileSync(join(root, 'electron-builder.yml'), 'utf8')) as Configuration

/** The window and Electron's scripts as test/electron/real has built them for the older Electron. */
const withStandIns = {
  files: [
    { from: 'test-results/electron/resources/app/dist', to: 'dist', filter: ['**/*', '!**/*.map'] },
    { from: 'dist/electron', to: 'dist/electron', filter: ['hashes.json'] },
    'package.json',
    '!node_modules',
  ],
  extraMetadata: { homepage: 'https://vgg-studio.example', main: 'dist/electron/main.cjs', type: 'commonjs' },
}

/**
 * `npm run package` for a runtime that is here, Linux x64: electron-builder's own folder and .deb, made by all of its
 * code but fpm, which it would download: test/package/fpm.ts stands in for that.
 */
export async function makePackage(runtime: Runtime): Promise<Made> {
  await buildFor(runtime)
  const work = join(root, 'test-results', 'package')
  mkdirSync(join(work, 'bin'), { recursive: true })
  const fuses = Object.fromEntries(
    Object.entries(configuration().electronFuses).filter(
      ([name]) => runtime.current || !lacking.includes(name),
    ),
  )
  const config = join(work, 'electron-builder.json')
  const own = {
    electronFuses: fuses,
    electronDist: runtime.folder,
    electronVersion: runtime.version,
    directories: { output: 'dist/installers', buildResources: 'resources/icons' },
    ...(!runtime.current && withStandIns),
  }
  writeFileSync(config, JSON.stringify({ ...configuration(), ...own }))
  const fpm = join(work, 'bin', 'fpm')
  writeFileSync(fpm, `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, 'fpm.ts')}' "$@"\n`)
  chmodSync(fpm, 0o755)
  const env = { ...process.env, USE_SYSTEM_FPM: 'true', PATH: `${join(work, 'bin')}:${process.env['PATH']}` }
  execFileSync(process.execPath, [join(root, 'electron/package.ts'), '--linux', 'deb', '--config', config], {
    cwd: root,
    stdio: 'inherit',
    env,
  })
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return {
    folder: join(root, 'dist/installers/linux-unpacked'),
    deb: join(root, `dist/installers/vgg-studio_${manifest.version}_amd64.deb`),
  }
}
