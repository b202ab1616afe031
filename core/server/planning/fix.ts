import { describe } from '../../network/cost.ts'
import type { Network } from '../../network/types.ts'
import { buildVgg } from '../../network/vgg.ts'
import { chooseMicroBatch, type MemoryPlace } from '../../training/microBatch.ts'
import { networkOptions, type Recipe } from '../../training/recipe.ts'
import type { MemoryFix } from '../api/types.ts'

interface Place extends MemoryPlace {
  readonly classes: number
}

/** Of the crop's side, of the FC layers' width, and of the convolutions' width: each step costs more than the last. */
const sides = [7 / 8, 3 / 4, 5 / 8, 1 / 2, 3 / 8, 1 / 4, 1 / 8, 1 / 16]
const widths = [1 / 2, 1 / 4, 1 / 8, 1 / 16]
const multipliers = [3 / 4, 1 / 2, 1 / 4, 1 / 8]
/** Five times halved, this is one pixel. */
const leastCrop = 32

/**
 * The least change of the recipe that makes it fit: a smaller micro-batch, which costs nothing; then a smaller crop (and
 * training scale with it), or narrower FC layers where they hold most of the parameters; then both, and at last a
 * narrower network. Null where nothing of this is enough.
 */
export function fixFor(recipe: Recipe, place: Place): MemoryFix | null {
  for (const candidate of candidates(recipe, place.classes)) {
    const { needed, fits } = chosenFor(candidate, place)
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
  const { fcWidth } = recipe.network
  return widths
    .map((share) => Math.floor(fcWidth * share))
    .filter((width) => width >= 64)
    .map((width) => ({ ...recipe, network: { ...recipe.network, fcWidth: width } }))
}

function smaller(recipe: Recipe): readonly Recipe[] {
  const { crop: now, scale } = recipe.data
  const crops = sides.map((share) => leastCrop * Math.floor((now * share) / leastCrop))
  return [...new Set(crops)]
    .filter((crop) => crop >= leastCrop && crop < now)
    .map((crop) => {
      const scaled = (side: number): number => Math.round((side * crop) / now)
      const own = { min: scaled(scale.min), max: scaled(scale.max) }
      return { ...recipe, data: { ...recipe.data, crop, scale: own } }
    })
}

const thinner = (recipe: Recipe): readonly Recipe[] =>
  multipliers.map((share) => {
    const widthMultiplier = recipe.network.widthMultiplier * share
    return { ...recipe, network: { ...recipe.network, widthMultiplier } }
  })

const networkOf = (recipe: Recipe, classes: number): Network => buildVgg(networkOptions(recipe, classes))

function chosenFor(recipe: Recipe, { classes, ...place }: Place) {
  const { batchSize, microBatch } = recipe.optimization
  return chooseMicroBatch(networkOf(recipe, classes), batchSize, microBatch, place)
}

/** Of the network's parameters, 0–1. */
function fullyConnectedShare(network: Network): number {
  const { layers, parameters } = describe(network)
  const connected = layers.filter(({ kind }) => kind === 'linear')
  return connected.reduce((sum, layer) => sum + layer.parameters, 0) / parameters
}

function differences(before: Recipe, after: Recipe): MemoryFix['changes'] {
  const settings = {
    'optimization.microBatch': [before.optimization.microBatch, after.optimization.microBatch],
    'network.fcWidth': [before.network.fcWidth, after.network.fcWidth],
    'network.widthMultiplier': [before.network.widthMultiplier, after.network.widthMultiplier],
    'data.crop': [before.data.crop, after.data.crop],
    'data.scale': [before.data.scale, after.data.scale],
  } as const
  return Object.entries(settings)
    .filter(([, [from, to]]) => JSON.stringify(from) !== JSON.stringify(to))
    .map(([setting, [from, to]]) => ({ setting: setting as keyof typeof settings, from, to }))
}
