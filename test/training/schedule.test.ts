import { expect, test } from 'vitest'
import { parseRecipe, type RecipeInput } from '../../core/training/recipe.ts'
import {
  advanceSchedule,
  initialScheduleState,
  learningRate,
  stopsEarly,
  type ScheduleState,
} from '../../core/training/schedule.ts'
import { settingsWithoutEffect } from '../../core/training/withoutEffect.ts'

type Schedule = NonNullable<RecipeInput['optimization']>['schedule']

const optimization = (schedule: Schedule, epochs = 10) =>
  parseRecipe({ optimization: { learningRate: 0.1, epochs, schedule } }).optimization

/** Rates of each update of `epochs` epochs of `steps` updates, the validation errors being as given. */
function rates(schedule: Schedule, epochs: number, steps: number, errors: readonly number[] = []): number[] {
  const settings = optimization(schedule, epochs)
  let state: ScheduleState = initialScheduleState
  return Array.from({ length: epochs }, (_, epoch) => {
    const now = Array.from({ length: steps }, (_, step) =>
      learningRate(settings, state, { epoch, step, stepsPerEpoch: steps }),
    )
    const validation = { loss: 1, top1Error: errors[epoch] ?? 0.5, top5Error: null }
    state = advanceSchedule(settings.schedule, state, { trainingLoss: 1, validation })
    return now
  }).flat()
}

const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12))

test('A constant rate stays', () => {
  expect(rates('constant', 3, 2)).toEqual([0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
})

test('Steps divide the rate every N epochs', () => {
  expect(rates({ kind: 'step', every: 2, factor: 10 }, 5, 1)).toEqual(close([0.1, 0.1, 0.01, 0.01, 0.001]))
})

test('Steps that are not told how often divide it at half and at three quarters of the run', () => {
  expect(rates('step', 20, 1)).toEqual(
    close([
      ...new Array<number>(10).fill(0.1),
      ...new Array<number>(5).fill(0.01),
      ...new Array<number>(5).fill(0.001),
    ]),
  )
  expect(rates('step', 3, 1)).toEqual(close([0.1, 0.1, 0.001]))
})

test('Settings that can never act are named with the reason, and those that can are not', () => {
  const named = (optimization: RecipeInput['optimization'], every: number | null = null) =>
    settingsWithoutEffect(parseRecipe({ optimization, checkpoints: { every } })).map(({ setting }) => setting)
  expect(named({ epochs: 20, schedule: { kind: 'step', every: 20 } })).toEqual([
    'optimization.schedule.every',
  ])
  expect(named({ epochs: 21, schedule: { kind: 'step', every: 20 } })).toEqual([])
  expect(named({ epochs: 20, schedule: 'step' })).toEqual([])
  expect(named({ epochs: 1, schedule: 'step' })).toEqual(['optimization.schedule.kind'])
  expect(named({ epochs: 7, schedule: { kind: 'plateau', patience: 6 } })).toEqual([
    'optimization.schedule.patience',
  ])
  expect(named({ epochs: 8, schedule: { kind: 'plateau', patience: 6 } })).toEqual([])
  expect(named({ epochs: 7, schedule: { kind: 'plateau', maxDrops: 0 } })).toEqual([
    'optimization.schedule.maxDrops',
  ])
  expect(named({ epochs: 3, schedule: { kind: 'cosine', warmup: 3 } })).toEqual([
    'optimization.schedule.warmup.epochs',
  ])
  expect(named({ epochs: 3, schedule: { kind: 'cosine', final: 0.01 } })).toEqual([
    'optimization.schedule.final',
  ])
  expect(named({ epochs: 5, schedule: 'constant', earlyStop: 4 })).toEqual([
    'optimization.earlyStop.patience',
  ])
  expect(named({ epochs: 5, schedule: 'constant', earlyStop: 3 })).toEqual([])
  expect(named({ epochs: 5, schedule: 'constant' }, 6)).toEqual(['checkpoints.every'])
  expect(named({ epochs: 1, schedule: 'constant' })).toEqual([])
})

test('A plateau that nobody has set up is no news in a short run', () => {
  expect(settingsWithoutEffect(parseRecipe({ optimization: { epochs: 2 } }))).toEqual([])
})

test('Where a plateau may drop it does drop, with its patience as long as is still said to act', () => {
  expect(rates({ kind: 'plateau', patience: 5 }, 7, 1, [1, 1, 1, 1, 1, 1, 1])).toEqual(
    close([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.01]),
  )
})

test('A cosine goes from the rate to its final value, update by update', () => {
  const values = rates({ kind: 'cosine', final: 0.02 }, 2, 2)
  const half = (way: number) => 0.02 + (0.08 * (1 + Math.cos(Math.PI * way))) / 2
  expect(values).toEqual(close([0.1, half(0.25), half(0.5), half(0.75)]))
})

test('A plateau divides the rate when the error has not fallen for as many epochs as it has patience', () => {
  const errors = [0.9, 0.8, 0.8, 0.85, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7]
  const values = rates({ kind: 'plateau', factor: 10, patience: 2, maxDrops: 2 }, 10, 1, errors)
  expect(values).toEqual(close([0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.001, 0.001, 0.001]))
})

test('A plateau goes by the training loss where there are no validation images', () => {
  const { schedule } = optimization({ kind: 'plateau', patience: 1 })
  const after = (state: ScheduleState, trainingLoss: number) =>
    advanceSchedule(schedule, state, { trainingLoss, validation: null })
  const state = after(after(initialScheduleState, 2), 1)
  expect(state).toEqual({ best: 1, sinceBest: 0, waited: 0, drops: 0 })
  expect(after(state, 1.5)).toEqual({ best: 1, sinceBest: 1, waited: 0, drops: 1 })
})

test('Warm-up raises the rate linearly, before any schedule', () => {
  const warmup = { epochs: 2 }
  expect(rates({ kind: 'constant', warmup }, 3, 2)).toEqual(close([0.025, 0.05, 0.075, 0.1, 0.1, 0.1]))
  const cosine = rates({ kind: 'cosine', final: 0, warmup: { epochs: 1 } }, 2, 2)
  expect(cosine).toEqual(close([0.05, 0.1, 0.1, 0.05]))
  expect(rates({ kind: 'constant', warmup: { epochs: 0.5 } }, 1, 4)).toEqual(close([0.05, 0.1, 0.1, 0.1]))
})

test('Early stop counts the epochs since the best one, whatever the rate did', () => {
  const settings = parseRecipe({
    optimization: { earlyStop: { patience: 3 }, schedule: { kind: 'plateau', patience: 1 } },
  }).optimization
  const errors = [0.5, 0.4, 0.45, 0.4, 0.41]
  const stops: boolean[] = []
  errors.reduce((state, top1Error) => {
    const validation = { loss: 1, top1Error, top5Error: null }
    const next = advanceSchedule(settings.schedule, state, { trainingLoss: 1, validation })
    stops.push(stopsEarly(settings, next))
    return next
  }, initialScheduleState)
  expect(stops).toEqual([false, false, false, false, true])
  expect(stopsEarly(optimization('constant'), { best: 0, sinceBest: 99, waited: 0, drops: 0 })).toBe(false)
})

test('The state survives JSON', () => {
  const { schedule } = optimization('plateau')
  const state = advanceSchedule(schedule, initialScheduleState, {
    trainingLoss: 1,
    validation: { loss: 1, top1Error: 1 / 3, top5Error: null },
  })
  expect(JSON.parse(JSON.stringify(state))).toEqual(state)
})
