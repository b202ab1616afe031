import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { random } from '../../core/base/random.ts'
import { loadCheckpoint } from '../../core/training/checkpoint.ts'
import { lastFile } from '../../core/training/checkpointFiles.ts'
import type { TrainingEvent } from '../../core/training/events.ts'
import { train } from '../../core/training/train.ts'
import { lossesOf, temporaryFolder } from './samples.ts'
import { fileRun } from './trainFiles.ts'

const script = fileURLToPath(new URL('./trainFiles.ts', import.meta.url))

/** Trains in a process of its own, which is killed without warning after this many updates (never, if there are fewer). */
async function trainAndKill(folder: string, updates: number): Promise<TrainingEvent[]> {
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const events: TrainingEvent[] = []
  for await (const line of createInterface(child.stdout)) {
    // The last line may be cut off.
    if (line.endsWith('}')) events.push(JSON.parse(line) as TrainingEvent)
    if (lossesOf(events).size === updates) child.kill('SIGKILL')
  }
  await closed
  return events
}

test('A process that is killed again and again trains as one that is not', { timeout: 120_000 }, async () => {
  const whole: TrainingEvent[] = []
  const folder = temporaryFolder()
  await train(await fileRun(folder, 2, (event) => whole.push(event)))
  const expected = lossesOf(whole)
  expect(expected.size).toBe(24)

  const killed = temporaryFolder()
  const source = random(99)
  const seen = new Map<number, number>()
  for (let round = 0; ; round++) {
    const events = await trainAndKill(killed, 3 + source.integer(8))
    for (const [step, loss] of lossesOf(events)) seen.set(step, loss)
    expect(seen.size).toBe(Math.max(...seen.keys()))
    if (events.at(-1)?.event === 'completed') {
      expect(round).toBeGreaterThan(1)
      break
    }
  }
  expect(seen.size).toBe(24)
  for (const [step, loss] of seen) expect(Math.abs(loss / expected.get(step)! - 1)).toBeLessThan(1e-5)
  const [one, other] = await Promise.all([folder, killed].map((path) => loadCheckpoint(lastFile(path))))
  expect(other!.state).toEqual(one!.state)
  expect(readdirSync(killed).sort()).toEqual(['best.safetensors', 'last.safetensors'])
})
