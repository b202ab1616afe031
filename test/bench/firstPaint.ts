import { chromium } from '@playwright/test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { commandOf, environmentOf } from '../electron/real/application.ts'
import { buildFor } from '../electron/real/build.ts'
import { findRuntime, linkTree, type Runtime } from '../electron/real/runtime.ts'
import { runOnScreen } from '../electron/real/screen.ts'
import { freePort } from '../e2e/studio.ts'

/**
 * What the application adds to the first paint of its window, beside an empty window in the same Electron, by turns. A
 * benchmark, not a test: `node test/bench/firstPaint.ts [ROUNDS]`; prints one JSON line, milliseconds from the start of
 * the program, and ends with 1 where the median difference is more than a second.
 */
const most = 1000
const rounds = Number(process.argv[2] ?? 9)

if (!process.env['STUDIO_TEST_SCREEN'])
  process.exitCode = runOnScreen(
    [process.execPath, import.meta.filename, ...process.argv.slice(2)],
    resolve(import.meta.dirname, '../..'),
  )
else await measure()

async function measure(): Promise<void> {
  const runtime = await findRuntime()
  if ('reason' in runtime) throw new Error(`There is no Electron here: ${runtime.reason}.`)
  await buildFor(runtime)
  const work = mkdtempSync(join(tmpdir(), 'vgg-first-paint-'))
  try {
    const empty = await emptyApplication(runtime, join(work, 'empty'))
    const ours = commandOf({ runtime })
    const times = { ours: [] as number[], empty: [] as number[] }
    // The first start of each fills the system's caches and makes the home.
    for (let round = 0; round <= rounds; round++) {
      const pair = {
        ours: await firstPaint(ours, join(work, 'home')),
        empty: await firstPaint(empty, join(work, 'none')),
      }
      if (round === 0) continue
      times.ours.push(pair.ours)
      times.empty.push(pair.empty)
    }
    const differences = times.ours.map((time, i) => time - times.empty[i]!)
    const result = { ours: of(times.ours), empty: of(times.empty), difference: of(differences) }
    console.log(JSON.stringify({ benchmark: 'first-paint', electron: runtime.version, rounds, ...result }))
    if (result.difference.median > most) process.exitCode = 1
  } finally {
    rmSync(work, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** A window of the same size, with a word in it. */
async function emptyApplication(runtime: Runtime, folder: string): Promise<readonly [string, ...string[]]> {
  const files = {
    'package.json': JSON.stringify({ name: 'empty', main: 'main.cjs' }),
    'main.cjs': `const { app, BrowserWindow } = require('electron')
      app.whenReady().then(() => {
        const window = new BrowserWindow({ width: 1280, height: 800, show: false })
        window.once('ready-to-show', () => window.show())
        window.loadFile('index.html')
      })`,
    'index.html': '<!doctype html><title>Empty</title><p>Empty',
  }
  const at = runtime.current ? folder : join(folder, 'resources', 'app')
  if (!runtime.current) await linkTree(runtime.folder, folder)
  mkdirSync(at, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), text)
  const [program, ...args] = commandOf({ runtime })
  return runtime.current
    ? [program, ...args.map((arg, i) => (i === 0 ? folder : arg))]
    : [join(folder, 'electron'), ...args]
}

/** Milliseconds from the start of a program to the first paint of its page. */
async function firstPaint([program, ...args]: readonly [string, ...string[]], home: string): Promise<number> {
  const port = await freePort()
  const started = Date.now()
  const child = spawn(program, [...args, `--remote-debugging-port=${port}`], {
    env: environmentOf(home),
    stdio: 'ignore',
  })
  try {
    const address = `http://127.0.0.1:${port}`
    while (!(await fetch(`${address}/json/version`).catch(() => null))) await delay(100)
    // Nothing asks the page until it has painted: that would take its time.
    await delay(5000)
    const browser = await chromium.connectOverCDP(address)
    const page = browser.contexts()[0]!.pages()[0]!
    const painted = await page.evaluate<number>(
      `performance.timeOrigin + performance.getEntriesByName('first-paint')[0].startTime`,
    )
    await browser.close()
    return painted - started
  } finally {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
}

function of(values: readonly number[]) {
  const sorted = values.map(Math.round).toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, spread: [sorted[0]!, sorted.at(-1)!] }
}
