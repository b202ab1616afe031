import { describe } from '../../network/cost.ts'
import type { Network } from '../../network/types.ts'
import { buildNetwork, entryOf, type NetworkSpec } from '../../network/architectures/index.ts'
import { chooseMicroBatch, type MemoryContext } from '../../training/microBatchSize.ts'
import { networkOptions, type Recipe } from '../../training/recipe.ts'
import type { MemoryFix } from '../api/types.ts'

interface FixContext extends MemoryContext {
  readonly classes: number
}

/** Fractions of the crop's side: each step costs more than the last. */
const sides = [7 / 8, 3 / 4, 5 / 8, 1 / 2, 3 / 8, 1 / 4, 1 / 8, 1 / 16]

/**
 * The least change of the recipe that makes it fit: a smaller micro-batch, which costs nothing; then a smaller crop (and
 * training scale with it), or narrower FC layers where they hold most of the parameters; then both, and at last a
 * narrower network. Null where nothing of this is enough.
 */
export function fixFor(recipe: Recipe, context: FixContext): MemoryFix | null {
  for (const candidate of candidates(recipe, context.classes)) {
    const { needed, fits } = chosenFor(candidate, context)
    if (fits) return { changes: differences(recipe, candidate), needed }
  }
  return null
}

function* candidates(recipe: Recipe, classes: number): Generator<Recipe> {
  const auto: Recipe = { ...recipe, optimization: { ...recipe.optimization, microBatch: 'auto' } }
  if (recipe.optimization.microBatch !== 'auto') yield auto
  const [narrow, small] = [narrower(auto), smaller(auto)]
  yield* fullyConnectedShare(networkOf(auto, classes)) > 0.5 ? [...narrow, ...small] : [...small, ...narrow]
  const both = smaller(narrow.at(-1) ?? auto)
  yield* both
  yield* thinner(both.at(-1) ?? narrow.at(-1) ?? auto)
}

function narrower(recipe: Recipe): readonly Recipe[] {
  return withNetworks(recipe, entryOf(recipe.network).savings.classifier(recipe.network))
}

function smaller(recipe: Recipe): readonly Recipe[] {
  const { crop: now, scale } = recipe.data
  const { least, step } = entryOf(recipe.network).crop
  const crops = sides.map((share) => least + step * Math.floor((now * share - least) / step))
  return [...new Set(crops)]
    .filter((crop) => crop >= least && crop < now)
    .map((crop) => {
      const scaled = (side: number): number => Math.round((side * crop) / now)
      const own = { min: scaled(scale.min), max: scaled(scale.max) }
      return { ...recipe, data: { ...recipe.data, crop, scale: own } }
    })
}

const thinner = (recipe: Recipe): readonly Recipe[] =>
  withNetworks(recipe, entryOf(recipe.network).savings.channels(recipe.network))

const withNetworks = (recipe: Recipe, networks: readonly NetworkSpec[]): readonly Recipe[] =>
  networks.map((network) => ({ ...recipe, network }))

const networkOf = (recipe: Recipe, classes: number): Network => buildNetwork(networkOptions(recipe, classes))

function chosenFor(recipe: Recipe, { classes, ...place }: FixContext) {
  const { batchSize, microBatch } = recipe.optimization
  return chooseMicroBatch(networkOf(recipe, classes), batchSize, microBatch, place)
}

/** Share of the network's parameters that fully connected layers hold, 0–1. */
function fullyConnectedShare(network: Network): number {
  const { layers, parameters } = describe(network)
  const connected = layers.filter(({ kind }) => kind === 'linear')
  return connected.reduce((sum, layer) => sum + layer.parameters, 0) / parameters
}

function differences(before: Recipe, after: Recipe): MemoryFix['changes'] {
  const networks = Object.entries(after.network).map(([name, to]): [string, unknown, unknown] => [
    `network.${name}`,
    (before.network as Readonly<Record<string, unknown>>)[name],
    to,
  ])
  const settings: readonly [string, unknown, unknown][] = [
    ['optimization.microBatch', before.optimization.microBatch, after.optimization.microBatch],
    ...networks,
    ['data.crop', before.data.crop, after.data.crop],
    ['data.scale', before.data.scale, after.data.scale],
  ]
  return settings
    .filter(([, from, to]) => JSON.stringify(from) !== JSON.stringify(to))
    .map(([setting, from, to]) => ({ setting, from, to }))
}
