import { random } from '../../base/random.ts'
import { elementCount, type Tensor, type Tensors } from '../../base/tensor.ts'
import { imageResults, targetDistributions } from '../../engine/targets.ts'
import type { Trainer } from '../../engine/types.ts'
import { addSeen } from '../imageDynamics.ts'
import { withThroughput } from '../progress.ts'
import { headerOf, progressOf, stopRequested, type Fitter, type Run } from '../run.ts'
import type { TrainingPlan } from '../plan.ts'
import { isBetter } from '../best.ts'
import { foldOfImages, normalized, partOf, scoreOf, type LabeledExamples } from './examples.ts'
import type { Features } from './loader.ts'
import { fitLogisticRegression } from './logisticRegression.ts'
import { toLayer, fromLayer, standardize, featureStatistics, type FeatureStatistics } from './standardize.ts'

/**
 * The weight decay of an epoch, from strong to weak: 10, and half a decade less each time. Validation then tells which
 * epoch is the best.
 * @param epoch from 0
 */
const weightDecayOf = (epoch: number): number => 10 ** (1 - epoch / 2)

/** Parts that the training images are cut into where there are no images for validation. */
const folds = 4

/** Names this module's random stream: "fold" in ASCII. */
const folding = 0x666f6c64

interface Problem extends LabeledExamples {
  readonly classes: number
  /** Image that each example is a choice of. */
  readonly images: Int32Array
  readonly standard: FeatureStatistics
}

/**
 * Fits a linear head by logistic regression on standardized features: for each epoch's weight decay, from the last one on.
 * @param layer the linear layer's name
 */
export function openFitter(features: Features, plan: TrainingPlan, layer: string): Fitter {
  const problem = problemOf(features, plan)
  const { classes, examples, standard } = problem
  let least: number | null = null
  // The head as the last fit left it, so that the network's other weights are copied once only.
  let head: Head | null = null
  const decayOf = (epoch: number): number => Math.max(weightDecayOf(epoch), least ?? 0)
  return {
    weightDecay: decayOf,
    async epoch(run) {
      const { header, input } = run
      const { position } = header
      const start = performance.now()
      if (least === null && input.validation.length === 0) {
        const chosen = await crossValidated(run, problem)
        if (chosen === 'stopped') return 'stopped'
        least = chosen
      }
      // The run stopped after this fit, before the epoch's end.
      if (position.imagesDone > 0) return 'done'
      head ??= await headOf(run.trainer, layer)
      const from =
        position.epoch === 0
          ? new Float64Array(classes * (examples.size + 1))
          : fromLayer({ weight: head.weight.data, bias: head.bias.data }, standard)
      const weightDecay = decayOf(position.epoch)
      const { coefficients } = fitLogisticRegression(examples, { classes, weightDecay, start: from })
      const own = toLayer(coefficients, classes, standard)
      head.weight.data.set(own.weight)
      head.bias.data.set(own.bias)
      await run.trainer.restore({
        weights: new Map([
          [`${layer}.weight`, head.weight],
          [`${layer}.bias`, head.bias],
        ]),
        momentum: head.momentum,
      })
      const { loss, correct, logits } = scoreOf(problem, classes, coefficients)
      addSeen(run.dynamics, [{ items: problem.images, results: imageResults(logits, problem.labels) }])
      const seconds = (performance.now() - start) / 1000
      const images = examples.count
      const sums = { loss: loss * images, correct, images, seconds, waited: 0 }
      const done = plan.labels.length
      run.pace = { ...run.pace, training: withThroughput(run.pace.training, seconds, done) }
      run.header = headerOf(run, {
        sums,
        position: { ...position, imagesDone: done, step: position.step + 1 },
      })
      run.report.step({
        event: 'step',
        ...progressOf(run, 'training', done),
        ...{ step: position.step + 1, loss, error: 1 - correct / images, learningRate: 0 },
      })
      return (await stopRequested(run)) ? 'stopped' : 'done'
    },
  }
}

interface Head {
  /** K×F */
  readonly weight: Tensor
  readonly bias: Tensor
  /** Which a fit leaves as it is. */
  readonly momentum: Tensors
}

async function headOf(trainer: Trainer, layer: string): Promise<Head> {
  const { weights, momentum } = await trainer.state()
  return { weight: weights.get(`${layer}.weight`)!, bias: weights.get(`${layer}.bias`)!, momentum }
}

function problemOf({ shape, choices, failures }: Features, plan: TrainingPlan): Problem {
  const { network, classWeights, header } = plan
  const { data, optimization } = header.recipe
  const size = elementCount(shape)
  const readable = [...plan.labels.keys()].filter((position) => !failures.has(position))
  const count = readable.length * choices.length
  const values = new Float32Array(count * size)
  const images = new Int32Array(count)
  choices.forEach((rows, choice) =>
    readable.forEach((position, index) => {
      const row = choice * readable.length + index
      values.set(rows.subarray(position * size, (position + 1) * size), row * size)
      images[row] = position
    }),
  )
  const standard = featureStatistics(values, size)
  standardize(values, standard)
  const labels = images.map((position) => plan.labels[position]!)
  const counts = Map.groupBy(plan.labels, (label) => label)
  const weight = (label: number): number =>
    data.sampling === 'balanced' ? 1 / counts.get(label)!.length : classWeights[label]!
  const targets = targetDistributions({ labels }, network.classes, optimization.labelSmoothing)
  const examples = { count, size, values, targets, weights: normalized([...labels].map(weight)) }
  return { classes: network.classes, examples, labels, images, standard }
}

/** The weight decay, of those of the run's epochs, with the lowest error on images that were left out. */
async function crossValidated(run: Run, problem: Problem): Promise<number | 'stopped'> {
  const { seed, optimization } = run.header.recipe
  const { classes, examples, images } = problem
  const foldOf = foldOfImages(images, folds, random(seed, folding))
  const rows = [...images.keys()]
  const parts = Array.from({ length: folds }, (_, fold) => {
    const leftOut = rows.filter((row) => foldOf(row) === fold)
    const rest = rows.filter((row) => foldOf(row) !== fold)
    return {
      fitted: partOf(problem, rest),
      leftOut: partOf(problem, leftOut),
      coefficients: new Float64Array(classes * (examples.size + 1)),
    }
  }).filter(({ fitted, leftOut }) => fitted.examples.count > 0 && leftOut.examples.count > 0)
  let best: { epoch: number; top1Error: number; loss: number } | null = null
  for (let epoch = 0; epoch < optimization.epochs; epoch++) {
    let [loss, wrong, total] = [0, 0, 0]
    for (const part of parts) {
      if (await stopRequested(run)) return 'stopped'
      const { fitted, leftOut } = part
      part.coefficients = fitLogisticRegression(fitted.examples, {
        classes,
        weightDecay: weightDecayOf(epoch),
        start: part.coefficients,
      }).coefficients
      const score = scoreOf(leftOut, classes, part.coefficients)
      loss += score.loss / parts.length
      wrong += leftOut.labels.length - score.correct
      total += leftOut.labels.length
    }
    const validation = { loss, top1Error: total === 0 ? 0 : wrong / total, top5Error: null }
    if (isBetter(validation, best)) best = { epoch, ...validation }
  }
  return weightDecayOf(best!.epoch)
}
