import { StudioError } from '../base/errors.ts'
import { entryOf } from '../network/architectures/index.ts'
import { mergeNetworks } from '../network/architectures/merge.ts'
import { configs } from '../network/architectures/names.ts'
import type { Recipe } from './recipe.ts'
import { defaultScale } from './recipeSchema.ts'

/** A training of several that follow from one another. */
export interface Stage {
  /** Without what it starts from, which is there only when its turn comes. */
  readonly recipe: Recipe
  /** Place of the stage whose weights it starts from; null: from scratch. */
  readonly source: number | null
}

/** Training scales of the paper at crops of 224 pixels. */
const [larger, most, paperCrop] = [384, 512, 224]
/** What the learning rate of fine-tuning is divided by: 10⁻³ after 10⁻² (§3.1). */
const gentler = 10

/**
 * The paper's staged training (§3.1) as one: the shallowest network from scratch, the recipe's own from that, at
 * S = 384 from S = 256 at a tenth of the rate, and with scale jitter S ∈ [256; 512] from S = 384, at that rate, too.
 * Scales are in proportion to the crop.
 * @param recipe of the last network: everything but scales, rates of fine-tuning and beginnings
 * @throws StudioError `nothing-to-transfer` for families that aren't trained so
 */
export function stagedTraining(recipe: Recipe): readonly Stage[] {
  const { network, data, optimization } = recipe
  const { family, staged, title } = entryOf(network)
  if (staged === null) throw new StudioError('nothing-to-transfer', { what: 'staged', from: null, to: title })
  const scaled = (scale: number): number => Math.round((scale * data.crop) / paperCrop)
  const usual = defaultScale(data.crop)
  const shallowest = mergeNetworks(network, { config: configs[family][0] }) as typeof network
  const stage = (scale: { min: number; max: number }, rate: number, own = network): Recipe => ({
    ...recipe,
    network: own,
    data: { ...data, scale },
    optimization: { ...optimization, learningRate: rate },
    initialization: { ...recipe.initialization, from: null },
  })
  const rate = optimization.learningRate
  const isShallowest = network.config === configs[family][0]
  const recipes = [
    stage(usual, rate, shallowest),
    ...(isShallowest ? [] : [stage(usual, rate)]),
    stage({ min: scaled(larger), max: scaled(larger) }, rate / gentler),
    stage({ min: usual.min, max: scaled(most) }, rate / gentler),
  ]
  return recipes.map((one, place) => ({ recipe: one, source: place === 0 ? null : place - 1 }))
}
