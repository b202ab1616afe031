import { mean } from '../metrics.ts'

/** Points of a curve, in the order of falling thresholds. */
export interface Curve {
  readonly x: readonly number[]
  readonly y: readonly number[]
  /** Scores of at least this count as positive; Infinity is left out (null). */
  readonly threshold: readonly (number | null)[]
}

/** One class against the rest. */
export interface ClassCurves {
  readonly positives: number
  readonly negatives: number
  /**
   * Area under the ROC curve, trapezoids: the chance that an image of the class scores higher than another, ties half
   * (Hanley & McNeil 1982). Null without positives or negatives.
   */
  readonly rocArea: number | null
  /** Σ (Rₙ − Rₙ₋₁) Pₙ over falling thresholds, without interpolation, as scikit-learn's. Null without positives. */
  readonly averagePrecision: number | null
}

/** Where the counts change: distinct scores, highest first. Images of one score come together, so that ties are fair. */
interface Steps {
  readonly threshold: Float64Array
  readonly truePositives: Uint32Array
  readonly falsePositives: Uint32Array
}

function stepsOf(score: ArrayLike<number>, truth: ArrayLike<number>): Steps {
  const order = Uint32Array.from({ length: score.length }, (_, index) => index).sort(
    (a, b) => score[b]! - score[a]!,
  )
  const [threshold, positives, negatives]: [number[], number[], number[]] = [[], [], []]
  let [right, wrong] = [0, 0]
  order.forEach((index, place) => {
    if (truth[index]) right++
    else wrong++
    const next = order[place + 1]
    if (next !== undefined && score[next] === score[index]) return
    threshold.push(score[index]!)
    positives.push(right)
    negatives.push(wrong)
  })
  return {
    threshold: Float64Array.from(threshold),
    truePositives: Uint32Array.from(positives),
    falsePositives: Uint32Array.from(negatives),
  }
}

/**
 * Areas under the ROC and the precision–recall curve of one class (scikit-learn's `roc_auc_score` and
 * `average_precision_score`).
 * @param score of each image
 * @param truth 1 where it is of the class
 */
export function classAreas(score: ArrayLike<number>, truth: ArrayLike<number>): ClassCurves {
  const { truePositives, falsePositives } = stepsOf(score, truth)
  const [positives, negatives] = [truePositives.at(-1) ?? 0, falsePositives.at(-1) ?? 0]
  let area = 0
  let precision = 0
  let [right, wrong] = [0, 0]
  truePositives.forEach((now, index) => {
    const [gained, lost] = [now - right, falsePositives[index]! - wrong]
    area += lost * (right + gained / 2)
    precision += gained * (now / (now + falsePositives[index]!))
    ;[right, wrong] = [now, falsePositives[index]!]
  })
  return {
    positives,
    negatives,
    rocArea: positives === 0 || negatives === 0 ? null : area / (positives * negatives),
    averagePrecision: positives === 0 ? null : precision / positives,
  }
}

/** Unweighted means over the classes that have both areas, and how many these are; null where none has. */
export interface MeanAreas {
  readonly classes: number
  readonly rocArea: number | null
  readonly averagePrecision: number | null
}

export function meanAreas(areas: readonly ClassCurves[]): MeanAreas {
  const present = areas.filter(
    ({ rocArea, averagePrecision }) => rocArea !== null && averagePrecision !== null,
  )
  const meanOf = (of: (areas: ClassCurves) => number): number | null =>
    present.length === 0 ? null : mean(present.map(of))
  return {
    classes: present.length,
    rocArea: meanOf(({ rocArea }) => rocArea!),
    averagePrecision: meanOf(({ averagePrecision }) => averagePrecision!),
  }
}

/** False against true positive rate, from (0, 0) to (1, 1); empty without positives or negatives. */
export function rocCurve(score: ArrayLike<number>, truth: ArrayLike<number>): Curve {
  const { threshold, truePositives, falsePositives } = stepsOf(score, truth)
  const [positives, negatives] = [truePositives.at(-1) ?? 0, falsePositives.at(-1) ?? 0]
  if (positives === 0 || negatives === 0) return { x: [], y: [], threshold: [] }
  return {
    x: [0, ...Array.from(falsePositives, (count) => count / negatives)],
    y: [0, ...Array.from(truePositives, (count) => count / positives)],
    threshold: [null, ...threshold],
  }
}

/** Recall against precision, by falling thresholds; empty without positives. */
export function precisionRecallCurve(score: ArrayLike<number>, truth: ArrayLike<number>): Curve {
  const { threshold, truePositives, falsePositives } = stepsOf(score, truth)
  const positives = truePositives.at(-1) ?? 0
  if (positives === 0) return { x: [], y: [], threshold: [] }
  return {
    x: Array.from(truePositives, (count) => count / positives),
    y: Array.from(truePositives, (count, index) => count / (count + falsePositives[index]!)),
    threshold: [...threshold],
  }
}

/** At most `most` points for a drawing: the ends, and of the rest those that are far enough from the one before. */
export function thinned({ x, y, threshold }: Curve, most = 200): Curve {
  if (x.length <= most) return { x, y, threshold }
  let length = 0
  const along = x.map((value, index) =>
    index === 0 ? 0 : (length += Math.abs(value - x[index - 1]!) + Math.abs(y[index]! - y[index - 1]!)),
  )
  let next = 0
  const kept = along.flatMap((at, index) => {
    if (index !== x.length - 1 && at < next) return []
    next = at + length / (most - 2)
    return [index]
  })
  const pick = <Value>(values: readonly Value[]): Value[] => kept.map((index) => values[index]!)
  return { x: pick(x), y: pick(y), threshold: pick(threshold) }
}
