import { availableParallelism } from 'node:os'
import { allDevices } from '../../core/engine/index.ts'
import { runTrial, type StepTimes } from '../../core/engine/selection/trial.ts'
import { stepCost, type StepCost } from '../../core/engine/selection/stepCost.ts'
import { buildNetwork, networkSpec, type NetworkInput } from '../../core/network/architectures/index.ts'

/**
 * `node test/bench/stepTimes.ts`: trains steps of networks of every family with each engine and precision on this machine's
 * CPU, prints what each took as a line of JSON, and last the coefficients that fit them best (core/engine/selection/
 * typicalSpeeds.ts), with the ratios of what they say over what was measured. The machine has to be quiet.
 */

type Shape = readonly [config: string, crop: number, images: number, settings: object]

const shapes: readonly Shape[] = [
  ['A', 64, 32, { fcWidth: 512 }],
  ['A', 32, 32, { fcWidth: 256, widthMultiplier: 0.25, batchNorm: true }],
  ['A', 64, 32, { fcWidth: 256, widthMultiplier: 0.25, batchNorm: true }],
  ['A', 64, 8, { fcWidth: 64, widthMultiplier: 0.1 }],
  ['A', 64, 2, { fcWidth: 4096 }],
  ['A', 128, 8, { fcWidth: 512, widthMultiplier: 0.5, batchNorm: true }],
  ['A-LRN', 64, 16, { fcWidth: 512, widthMultiplier: 0.5 }],
  ['B', 96, 8, { fcWidth: 1024 }],
  ['D', 64, 16, { fcWidth: 512, batchNorm: true }],
  ['D', 224, 2, { fcWidth: 1024 }],
  ['E', 64, 8, { fcWidth: 512 }],
  ['alexnet', 227, 8, { fcWidth: 1024, lrn: false }],
  ['resnet18', 64, 16, {}],
  ['resnet50', 96, 4, {}],
  ['seresnet50', 64, 8, {}],
]

interface Row {
  readonly work: StepCost
  readonly images: number
  readonly accumulate: number
  readonly apply: number
}

const places = (await allDevices())
  .filter(({ id, usable }) => id === 'cpu' && usable)
  .flatMap(({ engine, precisions }) => precisions.map((precision) => ({ engine, precision })))

for (const { engine, precision } of places) {
  const rows: Row[] = []
  for (const [config, crop, images, settings] of shapes) {
    const options = { ...networkSpec({ config, ...settings } as NetworkInput), classes: 10, crop }
    const steps: StepTimes[] = []
    const started = performance.now()
    let first = 0
    const shape = { network: options, frozen: [], images, threads: availableParallelism() }
    const failure = await runTrial(
      { kind: 'benchmark', engine, execution: { device: 'cpu', precision }, shape },
      {
        onAnswer({ step }) {
          first ||= (performance.now() - started) / 1000
          if (step) steps.push(step)
        },
      },
    )
    const least = (of: (step: StepTimes) => number): number => Math.min(...steps.slice(1).map(of))
    if (failure !== null || steps.length < 2) {
      console.log(JSON.stringify({ engine, precision, config, crop, images, settings, failure }))
      continue
    }
    const work = stepCost(buildNetwork(options))
    const row = {
      work,
      images,
      accumulate: least((step) => step.accumulate),
      apply: least((step) => step.apply),
    }
    rows.push(row)
    const compiled = steps[0]!
    const facts = {
      layers: buildNetwork(options).layers.length,
      first,
      firstStep: compiled.accumulate + compiled.apply,
    }
    console.log(JSON.stringify({ engine, precision, config, crop, settings, ...row, ...facts }))
  }
  console.log(JSON.stringify({ engine, precision, ...fit(rows) }))
}

/** Coefficients, none negative, with the least squares of relative errors; and what they say over what was measured. */
function fit(rows: readonly Row[]) {
  const parts = ['square', 'other', 'linear', 'maps', 'operations', 'weights'] as const
  const perStep = ({ work, images }: Row): number[] =>
    parts.map((part) => work[part] * (part === 'operations' || part === 'weights' ? 1 : images))
  const system = rows.map((row) => perStep(row).map((value) => value / row.accumulate))
  const found = parts.map(() => 0)
  for (let round = 0; round < 20_000; round++) {
    for (const [column] of parts.entries()) {
      let [product, square] = [0, 0]
      for (const own of system) {
        const rest = own.reduce(
          (sum, value, other) => sum + (other === column ? 0 : value * found[other]!),
          0,
        )
        product += own[column]! * (1 - rest)
        square += own[column]! ** 2
      }
      found[column] = square === 0 ? 0 : Math.max(0, product / square)
    }
  }
  const updated = rows.map((row) => row.apply / row.work.updated).toSorted((a, b) => a - b)
  const coefficients = Object.fromEntries(parts.map((part, index) => [part, found[index]]))
  const ratios = system.map((own) => own.reduce((sum, value, index) => sum + value * found[index]!, 0))
  return { coefficients: { ...coefficients, updated: updated[Math.floor(updated.length / 2)] }, ratios }
}
