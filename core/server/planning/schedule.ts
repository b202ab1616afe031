import type { Catalog } from '../../messages/catalog.ts'
import { shown } from '../../messages/shown.ts'
import type { Recipe } from '../../training/recipe.ts'
import { initialScheduleState, learningRate, type ScheduleState } from '../../training/schedule.ts'
import { settingsWithoutEffect } from '../../training/withoutEffect.ts'
import type { SchedulePreview } from '../api/types.ts'

const points = 240
/** Updates of an epoch, where the data set isn't known. */
const defaultUpdates = 100

/** The learning rate over a run. Where it follows the errors, as it would if they stopped falling now and then. */
export function schedulePreview(
  recipe: Recipe,
  updatesPerEpoch: number | null,
  texts: Catalog,
): SchedulePreview {
  const { optimization } = recipe
  const { epochs, schedule } = optimization
  const stepsPerEpoch = updatesPerEpoch ?? defaultUpdates
  const drops = schedule.kind === 'plateau' ? schedule.maxDrops : 0
  const state = (epoch: number): ScheduleState => ({
    ...initialScheduleState,
    drops: Math.min(drops, Math.floor((epoch * (drops + 1)) / epochs)),
  })
  const count = Math.min(points, epochs * stepsPerEpoch)
  const places = Array.from({ length: count }, (_, index) => (index * epochs) / count)
  return {
    points: places.map((place) => {
      const epoch = Math.floor(place)
      const step = Math.floor((place - epoch) * stepsPerEpoch)
      return {
        epoch: place,
        learningRate: learningRate(optimization, state(epoch), { epoch, step, stepsPerEpoch }),
      }
    }),
    example: schedule.kind === 'plateau',
    withoutEffect: shown(settingsWithoutEffect(recipe), texts),
  }
}
