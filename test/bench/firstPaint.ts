import { chromium } from '@playwright/test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { commandOf, environmentOf, surroundings } from '../electron/real/application.ts'
import { buildFor } from '../electron/real/build.ts'
import { emptyApplication } from '../electron/real/empty.ts'
import { findRuntime } from '../electron/real/runtime.ts'
import { runOnScreen } from '../electron/real/screen.ts'
import { freePort } from '../e2e/studio.ts'

/**
 * What the application adds to the first paint of its window, beside an empty window in the same Electron, by turns. A
 * benchmark, not a test: `node test/bench/firstPaint.ts [ROUNDS]`; prints one JSON line, milliseconds from the start of
 * the program, and ends with 1 where the median difference is more than a second. STUDIO_INSTALLED names the program of an
 * installation, which looks at its files first, to be measured in place of the checkout.
 */
const most = 1000
const rounds = Number(process.argv[2] ?? 9)
const installed = process.env['STUDIO_INSTALLED']

if (!process.env['STUDIO_TEST_SCREEN'])
  process.exitCode = runOnScreen(
    [process.execPath, import.meta.filename, ...process.argv.slice(2)],
    resolve(import.meta.dirname, '../..'),
  )
else await measure()

/** Milliseconds from the start of a program until its page has painted anything, and its first words. */
interface Paints {
  readonly paint: number
  readonly contentfulPaint: number
}

async function measure(): Promise<void> {
  const runtime = await findRuntime()
  if ('reason' in runtime) throw new Error(`There is no Electron here: ${runtime.reason}.`)
  await buildFor(runtime)
  const work = mkdtempSync(join(tmpdir(), 'vgg-first-paint-'))
  try {
    const empty = await emptyApplication(runtime, join(work, 'empty'))
    const ours = installed === undefined ? commandOf({ runtime }) : ([installed, ...surroundings] as const)
    const pairs: { readonly ours: Paints; readonly empty: Paints }[] = []
    for (let round = 0; round <= rounds; round++) {
      pairs.push({
        ours: await startOnce(ours, join(work, 'home')),
        empty: await startOnce(empty, join(work, 'none')),
      })
    }
    // The first start of each fills the system's caches and makes the home.
    const [, ...counted] = pairs
    const compare = (of: keyof Paints) => ({
      ours: summary(counted.map(({ ours }) => ours[of])),
      empty: summary(counted.map(({ empty }) => empty[of])),
      difference: summary(counted.map(({ ours, empty }) => ours[of] - empty[of])),
    })
    const result = { paint: compare('paint'), contentfulPaint: compare('contentfulPaint') }
    console.log(JSON.stringify({ benchmark: 'first-paint', electron: runtime.version, rounds, ...result }))
    if (result.paint.difference.median > most) process.exitCode = 1
  } finally {
    rmSync(work, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function startOnce([program, ...args]: readonly [string, ...string[]], home: string): Promise<Paints> {
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
    // Its defaults ask for contexts beside the default one, which Electron 22 has not.
    const browser = await chromium.connectOverCDP(address, { noDefaults: true })
    const page = browser.contexts()[0]!.pages()[0]!
    const painted = (name: string): Promise<number> =>
      page.evaluate<number>(
        `performance.timeOrigin + performance.getEntriesByName('${name}')[0].startTime - ${started}`,
      )
    return { paint: await painted('first-paint'), contentfulPaint: await painted('first-contentful-paint') }
  } finally {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
}

function summary(values: readonly number[]) {
  const sorted = values.map(Math.round).toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, spread: [sorted[0]!, sorted.at(-1)!] }
}
