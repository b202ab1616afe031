import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { buildFor } from '../electron/real/build.ts'
import type { Runtime } from '../electron/real/runtime.ts'

const root = resolve(import.meta.dirname, '../..')

/** electron-builder's own reader. */
const { load } = createRequire(createRequire(import.meta.url).resolve('electron-builder'))('js-yaml') as {
  load(text: string): unknown
}

/** What tests and the second builder read of electron-builder.yml. */
export interface Configuration {
  readonly productName: string
  readonly linux: {
    readonly executableName: string
    readonly category: string
    readonly icon: string
    readonly maintainer: string
    readonly synopsis: string
    readonly mimeTypes: readonly string[]
    readonly desktop: { readonly entry: Readonly<Record<string, string>> }
  }
  readonly deb: {
    readonly depends: readonly string[]
    readonly recommends: readonly string[]
    readonly afterInstall: string
    readonly afterRemove: string
    readonly [key: string]: unknown
  }
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
  afterPack: './test/package/olderFuses.ts',
}

/**
 * `npm run package` for a runtime that is here, Linux x64: electron-builder's own folder and .deb, made by all of its
 * code but fpm, which it would download: test/package/fpm.ts stands in for that.
 */
export async function makePackage(runtime: Runtime): Promise<Made> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const made = {
    folder: join(root, 'dist/installers/linux-unpacked'),
    deb: join(root, `dist/installers/vgg-studio_${version}_amd64.deb`),
  }
  // For those who try one test after another.
  if (process.env['STUDIO_TEST_BUILT'] && existsSync(made.deb)) return made
  await buildFor(runtime)
  const work = join(root, 'test-results', 'package')
  mkdirSync(work, { recursive: true })
  const config = join(work, 'electron-builder.json')
  const base = configuration()
  const own = {
    electronDist: runtime.folder,
    electronVersion: runtime.version,
    ...(!runtime.current && {
      ...withStandIns,
      extraMetadata: {
        ...(base['extraMetadata'] as object),
        main: 'dist/electron/main.cjs',
        type: 'commonjs',
      },
    }),
  }
  writeFileSync(config, JSON.stringify({ ...base, ...own }))
  const fpm = join(work, 'fpm')
  writeFileSync(fpm, `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, 'fpm.ts')}' "$@"\n`)
  chmodSync(fpm, 0o755)
  execFileSync(process.execPath, [join(root, 'electron/package.ts'), '--linux', 'deb', '--config', config], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CUSTOM_FPM_PATH: fpm },
  })
  return made
}
