import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { tensorflowEngine } from '../../core/engine/tensorflow/engine.ts'
import { classes, copySample, openStudio, remove, tinyAnywhere, type Ended } from './studio.ts'
import { openContext } from '../../core/jobs/context/context.ts'
import type { JobEvent } from '../../core/jobs/recording/events.ts'
import { selectForTraining } from '../../core/jobs/training/selectExecution.ts'
import { parseRecipe } from '../../core/training/recipe.ts'
import type { Reason } from '../../core/messages/types.ts'
import { say, whyUnusable } from '../say.ts'

vi.setConfig({ testTimeout: 180_000 })

const source = copySample(8, 4, classes.slice(0, 3))
const studio = openStudio()
afterAll(() => remove(studio.home, source))

const [tensorflow] = (await tensorflowEngine.devices()).filter(({ id }) => id === 'cpu')
const here = tensorflow?.usable === true
const withTensorflow = it.skipIf(!here)
const why = here ? '' : ` (skipped: ${whyUnusable(tensorflow)})`

interface Event {
  readonly event: string
  readonly phase?: string
  readonly detail?: string
  readonly [key: string]: unknown
}
const events = (ended: Ended): readonly Event[] => ended.lines as unknown as readonly Event[]
const tried = (ended: Ended): readonly (string | undefined)[] =>
  events(ended).flatMap(({ phase, detail }) => (phase === 'calibrate' ? [detail] : []))
const started = (ended: Ended): Event => events(ended).find(({ event }) => event === 'started')!
const train = (...more: readonly string[]): Promise<Ended> =>
  studio.run('train', source, ...tinyAnywhere, '--epochs', '1', '--json', ...more)

describe('where a run computes', () => {
  withTensorflow(
    `is told by what is typical at first, explained, and recorded; a short run tries nothing${why}`,
    async () => {
      const first = await train()
      expect(first.code, first.stderr).toBe(0)
      expect(tried(first)).toEqual([])
      const chosen = events(first).find(({ event }) => event === 'chosen')!
      expect(chosen['explanation']).toMatch(
        /^(TensorFlow|ONNX Runtime) CPU.*, on most machines about \d+(\.\d)?× /,
      )
      const place = { engine: chosen['engine'], device: chosen['device'], precision: chosen['precision'] }
      expect(started(first)).toMatchObject(place)

      const shown = (await studio.run('show', 'last', '--json')).json
      expect(shown['execution']).toMatchObject({
        ...place,
        microBatch: 16,
        explanation: chosen['explanation'],
      })
      expect(shown['recipe']).toMatchObject({
        execution: { ...place, threads: (shown['execution'] as { threads: number }).threads },
        optimization: { microBatch: 16 },
      })
      expect((await studio.run('show', 'last')).stdout).toContain(chosen['explanation'])
      const log = readFileSync(join(studio.home, 'runs', 'r1', 'log.jsonl'), 'utf8')
      const [line] = log.split('\n')
      expect(say(JSON.parse(line!) as Reason)).toContain(chosen['explanation'])
    },
  )

  withTensorflow(`is estimated the second time by what the first took${why}`, async () => {
    const { seen } = JSON.parse(readFileSync(join(studio.home, 'speeds.json'), 'utf8')) as {
      seen: { work: { updated: number } }[]
    }
    // Its steps, and its validation, which updates nothing.
    expect(seen.map(({ work }) => work.updated > 0).sort()).toEqual([false, true])
    const second = await train('--skip-trials')
    const chosen = events(second).find(({ event }) => event === 'chosen')
    expect(chosen!['explanation']).toMatch(/, from what this machine has shown$/)
    expect(started(second)['secondsLeft']).toBeGreaterThan(0)
    expect(tried(second)).toEqual([])
  })

  withTensorflow(
    `is tried where a run is long, on each engine really, and known from then on${why}`,
    async () => {
      const context = openContext({ home: studio.home })
      try {
        const phases: string[] = []
        const emit = (event: JobEvent): void => void ('detail' in event && phases.push(event.detail!))
        const recipe = parseRecipe((await studio.run('show', 'last', '--json')).json['recipe'])
        const asked = {
          ...recipe,
          execution: { ...recipe.execution, engine: 'auto', precision: 'fp32' },
        } as const
        // Ten seconds are for quiet machines.
        const patient = { classes: 3, expected: () => 3600, seconds: 60 }
        const { chosen } = await selectForTraining({ ...context, emit }, asked, patient)
        expect(phases.length).toBeGreaterThan(0)
        expect(chosen!.tried.map(({ seen }) => seen)).toEqual([true, true])
        phases.length = 0
        await selectForTraining({ ...context, emit }, asked, patient)
        expect(phases).toEqual([])
      } finally {
        context.registry.close()
      }
    },
  )
})
