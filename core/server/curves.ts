import { bestEpoch } from '../training/best.ts'
import type { EpochRecord } from '../training/events.ts'

/**
 * Which points of a curve to draw when there are too many: of each of many equal stretches the lowest and the highest,
 * besides the first and the last point. Ascending indices, not many more than `points`; values that are no number
 * are passed over.
 */
export function extremes(values: ArrayLike<number>, points: number, from = 0, to = values.length): number[] {
  const count = to - from
  if (count <= points) return Array.from({ length: Math.max(0, count) }, (_, index) => from + index)
  const stretches = Math.max(1, Math.floor(points / 2))
  const kept = new Set([from, to - 1])
  for (let stretch = 0; stretch < stretches; stretch++) {
    const start = from + Math.floor((stretch * count) / stretches)
    const end = from + Math.floor(((stretch + 1) * count) / stretches)
    const [lowest, highest] = extremesIn(values, start, end)
    if (lowest >= 0) kept.add(lowest).add(highest)
  }
  return [...kept].sort((a, b) => a - b)
}

/** The same for curves over the same points: what one of them needs stays in all. */
export function commonExtremes(
  curves: readonly ArrayLike<number>[],
  points: number,
  from = 0,
  to = curves[0]?.length ?? 0,
): number[] {
  if (to - from <= points) return extremes(curves[0] ?? [], points, from, to)
  const share = Math.max(2, Math.floor(points / curves.length))
  const kept = new Set(curves.flatMap((values) => extremes(values, share, from, to)))
  return [...kept].sort((a, b) => a - b)
}

function extremesIn(values: ArrayLike<number>, start: number, end: number): [number, number] {
  let lowest = -1
  let highest = -1
  for (let index = start; index < end; index++) {
    const value = values[index]!
    if (Number.isNaN(value)) continue
    if (lowest < 0 || value < values[lowest]!) lowest = index
    if (highest < 0 || value > values[highest]!) highest = index
  }
  return [lowest, highest]
}

/** Enough for any screen, and short as text: 32-bit floats have no more digits. */
export const rounded = (value: number): number => Number(value.toPrecision(7))

/** An epoch curve, thinned where it has too many points: each stretch's extremes stay, and the best epoch always. */
export function thinnedEpochs(all: readonly EpochRecord[], points: number): readonly EpochRecord[] {
  const best = bestEpoch(all)?.epoch
  const kept = new Set(
    commonExtremes(
      [
        all.map(({ trainingLoss }) => trainingLoss),
        all.map(({ trainingError }) => trainingError),
        all.map(({ validation }) => validation?.top1Error ?? NaN),
        all.map(({ validation }) => validation?.loss ?? NaN),
      ],
      points,
    ),
  )
  return all.filter(({ epoch }, index) => kept.has(index) || epoch === best)
}
