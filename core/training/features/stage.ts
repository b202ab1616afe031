import { createHash } from 'node:crypto'
import { bytesOf, type Tensor, type Tensors } from '../../base/tensor.ts'
import { executionOf, type Execution } from '../../engine/execution.ts'
import type { ExecutionOptions, Predictor, State, Trainer } from '../../engine/types.ts'
import { parameters } from '../../network/parameters.ts'
import type { Split } from '../../network/split.ts'
import type { Network, Output } from '../../network/types.ts'
import type { Item, Loader } from '../../pipeline/types.ts'
import type { CheckpointHeader } from '../checkpointHeader.ts'
import type { TrainingPlan, TrainingInput } from '../plan.ts'
import { validationView } from '../preprocessing.ts'
import { progressOf, stopRequested, type Fitter, type Part, type Run, type Stage } from '../run.ts'
import { featuresOf, type Mirroring } from './compute.ts'
import { openFitter } from './fit.ts'
import { featureLoader, type Features } from './loader.ts'
import { choicesOf } from './split.ts'
import { tableKey } from './store.ts'

interface HeadStageInput {
  readonly input: TrainingInput
  readonly plan: TrainingPlan
  readonly frozen: readonly string[]
  readonly split: Split
  readonly open: (part: Part, items: readonly Item[]) => Loader
}

/** Trains what is behind the cut on features of what is before it. */
export function headStage({ input, plan, frozen, split, open }: HeadStageInput): Stage {
  const { engine } = input
  const names = new Set(parameters(split.head).map(({ name }) => name))
  const isHead = (name: string): boolean => names.has(name)
  const layers = new Set(parameters(split.head).map(({ layer }) => layer))
  let kept: Tensors = new Map()
  let ready: Partial<Record<Part, Features>> = {}
  let fitter: Fitter | undefined
  const [head] = split.head.outputs as [Output]
  const given = (part: Part) => (): Features => ready[part]!

  return {
    frozen,
    fitter: () => (fitter ??= openFitter(ready.training!, plan, head.layer)),
    loaders: {
      training: featureLoader(input.training, given('training')),
      validation: input.validation.length > 0 ? featureLoader(input.validation, given('validation')) : null,
    },
    async openTrainer(state) {
      kept = copied(state.weights, (name) => !isHead(name))
      const own = { weights: picked(state.weights, isHead), momentum: picked(state.momentum, isHead) }
      const { rateFactors = {} } = plan.trainerOptions
      const trainer = await engine.trainer(split.head, own, {
        ...plan.trainerOptions,
        frozen: frozen.filter((name) => layers.has(name)),
        rateFactors: Object.fromEntries(Object.entries(rateFactors).filter(([name]) => layers.has(name))),
      })
      return wholeTrainer(plan.network, trainer, () => kept, isHead)
    },
    openPredictor: (weights) =>
      engine.predictor(split.head, picked(weights, isHead), { ...plan.execution, precision: 'fp32' }),
    async prepare(run) {
      if (ready.training) return 'done'
      const tables = tablesOf(plan.header, split, kept, executionOf(engine, plan.execution))
      for (const part of ['training', 'validation'] as const) {
        const own = await computed(run, { split, open, part, tables, weights: kept })
        if (own === null) return 'stopped'
        ready = { ...ready, [part]: own }
        run.report.unreadable(failuresOf(own, input[part]))
      }
      return 'done'
    },
    dispose: async () => void (ready = {}),
  }
}

const failuresOf = ({ failures }: Features, items: readonly Item[]) =>
  [...failures].map(([position, reason]) => ({ position, path: items[position]!.path, reason }))

function computed(
  run: Run,
  {
    split,
    open,
    part,
    tables,
    weights,
  }: Pick<HeadStageInput, 'split' | 'open'> & {
    readonly part: Part
    readonly tables: Readonly<Record<Mirroring, string>>
    readonly weights: Tensors
  },
): Promise<Features | null> {
  const { input, plan, header } = run
  const items = input[part]
  const start = performance.now()
  return featuresOf({
    items,
    view: validationView(header.recipe),
    choices: part === 'training' ? choicesOf(header.recipe) : ['plain'],
    shape: split.head.input,
    store: input.features ?? null,
    tables,
    openLoader: (missing) => open(part, missing),
    openPredictor: () => openTrunk(input, split.trunk, weights, plan.execution),
    microBatch: header.microBatch,
    async onImages(done, total) {
      const seconds = (performance.now() - start) / 1000
      run.report.progress({
        ...progressOf(run, 'training', 0),
        phase: 'features',
        imagesDone: done,
        images: total,
        imagesPerSecond: done === 0 ? null : done / seconds,
        secondsLeft: done === 0 ? null : ((total - done) * seconds) / done,
      })
      await stopRequested(run)
    },
    stopped: () => input.signals?.stop?.aborted ?? false,
  })
}

/** What features depend on besides the image, by choice. */
export function tablesOf(
  { recipe, normalization }: Pick<CheckpointHeader, 'recipe' | 'normalization'>,
  { trunk, layer }: Split,
  weights: Tensors,
  computed: Execution,
): Readonly<Record<Mirroring, string>> {
  const digest = createHash('sha256')
  for (const { name, shape } of parameters(trunk)) {
    digest.update(`${name} ${shape.join('×')}`).update(bytesOf(weights.get(name)!.data))
  }
  const common = {
    weights: digest.digest('hex'),
    network: trunk.layers,
    layer,
    view: validationView(recipe),
    normalization,
    computed,
  }
  const key = (choice: Mirroring): string => tableKey({ ...common, choice })
  return { plain: key('plain'), mirrored: key('mirrored') }
}

/** Lower precision agrees where features differ by less than this share of their size. */
const agreement = 0.02

/** A network in the run's precision where its first features agree with those in fp32, else in fp32. */
async function openTrunk(
  { engine }: TrainingInput,
  trunk: Network,
  weights: Tensors,
  execution: ExecutionOptions,
): Promise<Predictor> {
  const names = new Set(parameters(trunk).map(({ name }) => name))
  const own = picked(weights, (name) => names.has(name))
  const exact = () => engine.predictor(trunk, own, { ...execution, precision: 'fp32' })
  if ((execution.precision ?? 'fp32') === 'fp32') return exact()
  let predictor = await engine.predictor(trunk, own, execution)
  let isTried = false
  return {
    async logits(images) {
      const features = await predictor.logits(images)
      if (isTried) return features
      isTried = true
      const reference = await exact()
      const wanted = await reference.logits(images)
      if (distance(features, wanted) <= agreement) {
        await reference.dispose()
        return features
      }
      await predictor.dispose()
      predictor = reference
      return wanted
    },
    dispose: () => predictor.dispose(),
  }
}

/** ‖a − b‖ / ‖b‖ */
function distance({ data: a }: Tensor, { data: b }: Tensor): number {
  let [difference, size] = [0, 0]
  for (let index = 0; index < b.length; index++) {
    difference += (a[index]! - b[index]!) ** 2
    size += b[index]! ** 2
  }
  return Math.sqrt(difference / (size || 1))
}

/** A trainer of the head whose state is the whole network's. */
function wholeTrainer(
  network: Network,
  trainer: Trainer,
  kept: () => Tensors,
  isHead: (name: string) => boolean,
): Trainer {
  const order = parameters(network).map(({ name }) => name)
  return {
    ...trainer,
    async state() {
      const { weights: own, momentum } = await trainer.state()
      // A receiver of the state may give its memory back.
      const rest = copied(kept(), () => true)
      return { weights: new Map(order.map((name) => [name, own.get(name) ?? rest.get(name)!])), momentum }
    },
    restore: ({ weights, momentum }: State) =>
      trainer.restore({ weights: picked(weights, isHead), momentum: picked(momentum, isHead) }),
  }
}

const picked = (tensors: Tensors, has: (name: string) => boolean): Tensors =>
  new Map([...tensors].filter(([name]) => has(name)))

const copied = (tensors: Tensors, has: (name: string) => boolean): Tensors =>
  new Map(
    [...tensors]
      .filter(([name]) => has(name))
      .map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  )
