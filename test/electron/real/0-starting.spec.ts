import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { watch } from '../../slow/watch.ts'
import { commandOf, environmentOf, expect, start, test } from './application.ts'
import { emptyApplication } from './empty.ts'
import { screenPixels } from './screen.ts'

/**
 * What only somebody who watches from outside sees of a start; an empty application shows that they would see it. Before
 * the other files, whose window stays on the screen.
 */
let work: string
test.beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'vgg-starting-'))
})
test.afterAll(() => rmSync(work, { recursive: true, force: true, maxRetries: 5 }))

type Command = readonly [string, ...string[]]

/** Share of the screen that a window of the default size covers. */
const windowShare = (1280 * 800) / (1920 * 1080)
/** Share of our window that is its page, beside the rail. */
const page = 0.8

const noScreen = 'There is no Xvfb, whose screen it reads.'

/**
 * Starts a program, and looks at the screen until it shows a window, and a second longer.
 * @returns the largest share of the screen that was white, or as our light page is; 0–1
 */
async function whitest([program, ...args]: Command, home: string, system: 'light' | 'dark'): Promise<number> {
  expect(sharesOf(screenPixels()!).drawn, 'what else is on the screen').toBeLessThan(0.01)
  const env = { ...environmentOf(home), GTK_THEME: system === 'dark' ? 'Adwaita:dark' : 'Adwaita' }
  const child = spawn(program, args, { env, stdio: 'ignore' })
  let [most, end, seen] = [0, Date.now() + 60_000, false]
  try {
    for (; Date.now() < end; await delay(5)) {
      const { white, drawn } = sharesOf(screenPixels()!)
      most = Math.max(most, white)
      if (!seen && drawn > 0.9 * windowShare) [seen, end] = [true, Date.now() + 1500]
    }
    expect(seen, 'a window came up').toBe(true)
    return most
  } finally {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
}

/** Shares of the screen, 0–1, that are white, and that are not black as an empty screen is. */
function sharesOf(pixels: Buffer): { readonly white: number; readonly drawn: number } {
  const step = 4 * 37
  let [white, drawn, all] = [0, 0, 0]
  for (let i = 0; i < pixels.length - 4; i += step, all++) {
    const [blue, green, red] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!]
    if (blue + green + red > 0) drawn++
    if (Math.min(blue, green, red) >= 249) white++
  }
  return { white: white / all, drawn: drawn / all }
}

test('on a dark system no white flashes up before the page is there', async ({ runtime }) => {
  test.skip(screenPixels() === null, noScreen)
  const empty = await emptyApplication(runtime, join(work, 'white'))
  expect(await whitest(empty, join(work, 'none'), 'dark')).toBeGreaterThan(0.8 * windowShare)
  expect(await whitest(commandOf({ runtime }), join(work, 'dark'), 'dark')).toBeLessThan(0.02)
})

test('nor does it on a light one, where the person has chosen the dark theme', async ({ runtime }) => {
  test.skip(screenPixels() === null, noScreen)
  const home = join(work, 'chosen')
  expect(await whitest(commandOf({ runtime }), home, 'light')).toBeGreaterThan(0.8 * windowShare * page)
  const { electron, page: shown } = await start({ home, runtime })
  await shown.evaluate(`fetch('/api/settings', {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: '{ "theme": "dark" }',
  })`)
  await expect.poll(() => electron.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe('dark')
  await electron.close()
  expect(await whitest(commandOf({ runtime }), home, 'light')).toBeLessThan(0.02)
})

const hasStrace = spawnSync('strace', ['-V']).status === 0

/** Seconds that a window stands open: an empty one looks up its first name after one or two. */
const patience = 32

test('a window that stands open sends nothing to any network and looks up no name', async ({ runtime }) => {
  test.skip(process.platform !== 'linux', 'strace is Linux’s.')
  test.skip(!hasStrace && !process.env['CI'], 'strace is not installed.')
  const surroundings = Object.fromEntries(
    ['DISPLAY', 'XAUTHORITY'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  )
  const open = (command: Command) =>
    watch(['timeout', '--signal=TERM', `${patience}`, ...command], surroundings)
  const empty = await emptyApplication(runtime, join(work, 'empty'))
  const [ours, others] = await Promise.all([open(commandOf({ runtime })), open(empty)])
  try {
    // It was really there, with its server.
    expect(existsSync(join(ours.folder, 'home', 'registry.sqlite')), ours.stderr).toBe(true)
    expect(ours.reached).toEqual([])
    // Chromium asks the kernel for the names and kinds of network interfaces by sockets that lead nowhere.
    expect(ours.sockets.filter((call) => !/AF_INET6?, SOCK_DGRAM, IPPROTO_IP/.test(call))).toEqual([])
    expect(others.reached.join('\n')).toContain('sin_port=htons(53)')
  } finally {
    for (const { folder } of [ours, others]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
})
