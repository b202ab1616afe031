import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { random } from '../../core/base/random.ts'
import { loadCheckpoint } from '../../core/training/checkpoint.ts'
import type { TrainingEvent } from '../../core/training/events.ts'
import { train } from '../../core/training/train.ts'
import { lossesOf, smallRecipe, smallRun, syntheticItems, temporaryFolder } from './samples.ts'

/** Everything that a checkpoint has to carry: statistics, masks, a plateau, warm-up, odd micro-batches, repeats. */
const recipe = smallRecipe({
  network: { batchNorm: true, dropout: 0.5 },
  data: { sampling: 'balanced' },
  optimization: {
    epochs: 8,
    batchSize: 10,
    microBatch: 4,
    learningRate: 0.01,
    labelSmoothing: 0.1,
    schedule: { kind: 'plateau', patience: 1, factor: 2, maxDrops: 5, warmup: { epochs: 1.5 } },
  },
  checkpoints: { minutes: 1e-9 },
})
const images = { training: syntheticItems(46, 3), validation: syntheticItems(9, 3, 'validation') }

const stepsPerEpoch = 5
const compared = 20

test(
  'From ten random moments a run resumes as if it had never been interrupted',
  { timeout: 120_000 },
  async () => {
    const source = random(2026)
    const moments = new Set<number>()
    while (moments.size < 10) moments.add(1 + source.integer(8 * stepsPerEpoch - compared - 1))
    const { input, events } = smallRun({ recipe, ...images })
    const copies = temporaryFolder()
    const copyOf = (step: number): string => join(copies, `${step}.safetensors`)
    // What a kill at this moment would leave.
    const emit = (event: TrainingEvent): void => {
      input.emit(event)
      if (event.event === 'checkpoint' && event.kind === 'last' && moments.has(event.step)) {
        copyFileSync(event.path, copyOf(event.step))
      }
    }
    const whole = await train({ ...input, emit })
    const expected = lossesOf(events)
    expect(new Set(whole.epochs.map(({ learningRate }) => learningRate)).size).toBeGreaterThan(2)

    for (const step of moments) {
      const resumed = await resumeFor(copyOf(step), step + compared)
      expect(resumed.size).toBe(compared)
      for (const [at, loss] of resumed) {
        expect(Math.abs(loss - expected.get(at)!) / expected.get(at)!).toBeLessThan(1e-5)
      }
    }
  },
)

/** Losses of a run that resumes from a checkpoint until `lastStep`. */
async function resumeFor(path: string, lastStep: number): Promise<Map<number, number>> {
  const { input, events } = smallRun({ recipe, ...images })
  const stop = new AbortController()
  await train({
    ...input,
    start: { ...(await loadCheckpoint(path)), recipe: { ...recipe, checkpoints: smallRecipe().checkpoints } },
    signals: { stop: stop.signal },
    emit: (event) => {
      input.emit(event)
      if (event.event === 'step' && event.step === lastStep) stop.abort()
    },
  })
  return lossesOf(events)
}

test('A run that was stopped and resumed again and again records what an uninterrupted one does', async () => {
  const rarelySaved = { ...recipe, checkpoints: smallRecipe().checkpoints }
  const whole = smallRun({ recipe: rarelySaved, ...images })
  const expected = await train(whole.input)
  const { input } = smallRun({ recipe: rarelySaved, ...images })
  let { start } = input
  for (let round = 0; ; round++) {
    const stop = new AbortController()
    let steps = 0
    const result = await train({
      ...input,
      start,
      signals: { stop: stop.signal },
      emit: ({ event }) => {
        if (event === 'step' && ++steps === 7) stop.abort()
      },
    })
    if (result.status === 'completed') {
      expect(round).toBe(Math.ceil((8 * stepsPerEpoch) / 7) - 1)
      expect(learned(result.epochs)).toEqual(learned(expected.epochs))
      expect(result.best).toEqual(expected.best)
      break
    }
    start = await loadCheckpoint(result.checkpoints.last)
  }
  const [last, other] = await Promise.all(
    [input, whole.input].map(({ folder }) => loadCheckpoint(join(folder, 'last.safetensors'))),
  )
  expect(last!.state).toEqual(other!.state)
})

/** Records without what a clock measured. */
const learned = (epochs: readonly object[]) =>
  epochs.map((record) => ({ ...record, seconds: 0, imagesPerSecond: 0, dataWait: 0 }))
