import { join } from 'node:path'
import { openLoader } from '../pipeline/loader.ts'
import type { Item, Loader } from '../pipeline/types.ts'
import { featureSplit } from './features/split.ts'
import { headStage } from './features/stage.ts'
import { frozenLayers } from './layers.ts'
import type { TrainingPlan, TrainingInput } from './plan.ts'
import type { Part, Stage } from './run.ts'

/** @param epoch from 0 */
export function openStage(input: TrainingInput, plan: TrainingPlan, epoch: number): Stage {
  const { recipe } = plan.header
  const frozen = frozenLayers(plan.network, recipe.optimization, epoch)
  const open = (split: Part, items: readonly Item[]): Loader => openPart(input, plan, split, items)
  const images = input.training.length + input.validation.length
  const split = featureSplit(plan.network, recipe, frozen, images)
  return split ? headStage({ input, plan, frozen, split, open }) : wholeStage(input, plan, frozen, open)
}

function wholeStage(
  input: TrainingInput,
  plan: TrainingPlan,
  frozen: readonly string[],
  open: (split: Part, items: readonly Item[]) => Loader,
): Stage {
  const { engine, training, validation } = input
  const loaders = {
    training: open('training', training),
    validation: validation.length > 0 ? open('validation', validation) : null,
  }
  return {
    frozen,
    loaders,
    fitter: null,
    openTrainer: (state) => engine.trainer(plan.network, state, { ...plan.trainerOptions, frozen }),
    openPredictor: (weights) =>
      engine.predictor(plan.network, weights, { ...plan.execution, precision: 'fp32' }),
    prepare: async () => 'done',
    async dispose() {
      await Promise.all([loaders.training.dispose(), loaders.validation?.dispose()])
    },
  }
}

function openPart(
  input: TrainingInput,
  { header }: TrainingPlan,
  split: Part,
  items: readonly Item[],
): Loader {
  const { normalization, threads } = header
  const share = input[split].length / (input.training.length + input.validation.length)
  const cache = input.cache && { folder: join(input.cache.folder, split), bytes: input.cache.bytes * share }
  const open = input.openLoader ?? openLoader
  return open({ items, normalization, threads: threads.decode, cache })
}
