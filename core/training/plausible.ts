import type { ReasonFact } from '../messages/catalog.ts'
import type { Implausible } from '../messages/types.ts'
import type { Recipe } from './recipe.ts'

/** A setting that is allowed, and hardly ever meant: a person is asked before the run starts. */
export interface Question {
  /** `optimization.learningRate` */
  readonly setting: string
  readonly reason: ReasonFact
  /** What is usual there. */
  readonly proposal: unknown
}

/** What a recipe's settings are held against. */
export interface Usual {
  /** A learning rate that is known to work with such a recipe. */
  readonly rate: number
  /** Training images; null where the data set is not known. */
  readonly images: number | null
}

/** A rate may be this many times the usual one, or that part of it. */
const rateAbove = 20
const rateBelow = 1000
/** Scales beyond this many crops show the network a few percent of each image. */
const scaleAbove = 8

/** Settings that are most likely a slip: a rate of 100, a batch of more images than there are. */
export function questionsOf({ data, optimization }: Recipe, { rate, images }: Usual): readonly Question[] {
  const { learningRate, batchSize, momentum, weightDecay, labelSmoothing, solver } = optimization
  const found: Question[] = []
  const ask = (setting: string, values: Implausible, proposal: unknown): void =>
    void found.push({ setting, reason: { code: 'implausible', values }, proposal })
  const isFarOff = learningRate > rateAbove * rate || learningRate < rate / rateBelow
  if (solver === 'sgd' && isFarOff)
    ask('optimization.learningRate', { what: 'rate', value: learningRate, usual: rate }, rate)
  if (images !== null && batchSize > images)
    ask('optimization.batchSize', { what: 'batch', value: batchSize, images }, batchFor(images))
  if (momentum > 0.99) ask('optimization.momentum', { what: 'momentum', value: momentum }, 0.9)
  if (weightDecay > 0.1) ask('optimization.weightDecay', { what: 'decay', value: weightDecay }, 0.0005)
  if (labelSmoothing > 0.5)
    ask('optimization.labelSmoothing', { what: 'smoothing', value: labelSmoothing }, 0.1)
  if (data.scale.max > scaleAbove * data.crop) {
    const max = 2 * data.crop
    const scale = { min: Math.min(data.scale.min, max), max }
    ask('data.scale', { what: 'scale', value: data.scale.max, crop: data.crop }, scale)
  }
  return found
}

/** Some updates in each epoch, in batches of a usual size. */
const batchFor = (images: number): number => 2 ** Math.max(0, Math.floor(Math.log2(images / 4)))
