import type { Tensors } from '../../base/tensor.ts'
import type { SourceFact } from '../../messages/catalog.ts'
import { initialize } from '../../network/initialize.ts'
import { StudioError } from '../../base/errors.ts'
import type { Staged } from '../../network/architectures/entry.ts'
import {
  buildNetwork,
  entryOf,
  featuresOf,
  initialScheme,
  type NetworkOptions,
  type NetworkSpec,
} from '../../network/architectures/index.ts'
import { mergeNetworks } from '../../network/architectures/merge.ts'
import { layerShapes } from '../../network/shapes.ts'
import type { Network } from '../../network/types.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { transfer, type TransferMode } from '../../network/transfer.ts'
import type { Id } from '../../registry/types.ts'
import { layerGroups } from '../../training/layers.ts'
import { networkOptions, parseRecipe, type Recipe } from '../../training/recipe.ts'
import { weightsCatalog } from '../../weights/catalog.ts'
import type { Attribution } from '../../weights/entry.ts'
import { openCheckpoint } from '../context/checkpoints.ts'
import type { JobContext } from '../context/context.ts'
import { findWeights, isWeightsName } from '../weights/kept.ts'
import { withExpectedImages, type AskedImages, type ExpectedImages } from './expectedImages.ts'

/** What another run starts from: a run's checkpoint, or pretrained weights. */
export interface TransferSource extends ExpectedImages {
  /** Null for pretrained weights. */
  readonly run: Id | null
  /** `run r1 "flowers"`, `the weights vgg16-features`. */
  readonly title: SourceFact
  readonly network: NetworkOptions
  readonly weights: Tensors
  readonly attribution: Attribution | undefined
  readonly mode: TransferMode
}

/** The recipe as it was written, before its defaults were filled in. */
interface Asked extends AskedImages {
  readonly initialization?: { readonly from?: { readonly mode?: unknown } | null }
  readonly network?: Readonly<Record<string, unknown>>
}

/**
 * Finds the run or the weights that `initialization.from` names; the recipe then holds the run's id. Where no mode was
 * asked for, the same configuration takes over all that fits, another one what the paper's staged training copies
 * (§3.1). Images are prepared as the weights expect, unless the recipe says otherwise.
 * @param asked the recipe before its defaults were filled in
 */
export async function chooseTransferSource(
  context: JobContext,
  recipe: Recipe,
  asked: unknown,
): Promise<{ readonly recipe: Recipe; readonly source: TransferSource | null }> {
  const { from } = recipe.initialization
  if (from === null) {
    noticeHeldBack(context, recipe)
    return { recipe, source: null }
  }
  const said = (asked ?? {}) as Asked
  const pretrained = await findWeights(context.home, from.run)
  if (!pretrained) return fromRun(context, recipe, said)
  const { entry, tensors } = pretrained
  const { name, network, normalization, resize, attribution } = entry
  // A new head is all that differs: what it is made for follows from the weights where nobody has said it.
  const shape = mergeNetworks(mergeNetworks(recipe.network, featuresOf(network)), said.network ?? {})
  const own = parseRecipe({ ...recipe, network: shape })
  const source = {
    run: null,
    title: { code: 'source-weights', values: { name } } as const,
    mode: 'matching' as const,
    weights: tensors,
    ...{ network, normalization, resize, attribution },
  }
  return { recipe: withExpectedImages(withMode(own, name, 'matching'), said, source), source }
}

async function fromRun(context: JobContext, recipe: Recipe, asked: Asked) {
  const from = recipe.initialization.from!
  const run = runCalled(context, from.run)
  const { checkpoint } = await openCheckpoint(context, run, from.checkpoint ?? undefined)
  const { network, normalization, attribution, state } = checkpoint
  const of = asked.network ?? {}
  // A recipe without a network means the one that was trained; its head is the new run's own.
  const shape =
    of['config'] === undefined && of['family'] === undefined
      ? parseRecipe({
          ...recipe,
          network: mergeNetworks(mergeNetworks(recipe.network, featuresOf(network)), of),
        })
      : recipe
  const usual = defaultMode(network, shape.network)
  const mode = asked.initialization?.from?.mode !== undefined ? from.mode : usual
  const source = {
    run: run.id,
    title: { code: 'source-run', values: { run: run.id, name: run.name } } as const,
    weights: state.weights,
    // Its recipe says how its images were cut; the new one has its own.
    resize: null,
    ...{ network, normalization, attribution, mode },
  }
  const own = withMode(shape, run.id, mode)
  // Staged training is of the same images: their mean is the same.
  return { recipe: mode === 'matching' ? withExpectedImages(own, asked, source) : own, source }
}

/** @throws StudioError `unknown-weights-name` where it can be the name of weights, and `not-found` */
function runCalled({ registry }: JobContext, name: string) {
  try {
    return registry.runs.get(name)
  } catch (error) {
    if (!(error instanceof StudioError && error.code === 'not-found') || !isWeightsName(name)) throw error
    const isOffered = weightsCatalog.some((entry) => entry.name === name)
    throw new StudioError(
      'unknown-weights-name',
      { what: 'to-start-from', name, isOffered },
      { cause: error },
    )
  }
}

function withMode(recipe: Recipe, run: string, mode: TransferMode): Recipe {
  const { initialization } = recipe
  return { ...recipe, initialization: { ...initialization, from: { ...initialization.from!, run, mode } } }
}

/** What the paper's staged training copies, from another network of a family that is trained so. */
function defaultMode(from: NetworkSpec, to: NetworkSpec): TransferMode {
  const isStaged = from.family === to.family && entryOf(to).staged !== null
  return isStaged && from.config !== to.config ? 'staged' : 'matching'
}

/** Fine-tuning without anything that was trained: it would run, and learn next to nothing. */
function noticeHeldBack({ emit }: JobContext, { optimization }: Recipe): void {
  const { frozen, rateFactors } = optimization
  const slowed = Object.entries(rateFactors).flatMap(([layer, factor]) => (factor < 1 ? [layer] : []))
  const layers = [...new Set([...frozen, ...slowed])]
  if (layers.length > 0) emit({ event: 'notice', code: 'random-held-back', values: { layers } })
}

/** @throws StudioError `nothing-to-transfer` */
export function initialWeights(
  context: JobContext,
  { title, network: options, weights: given, mode }: TransferSource,
  recipe: Recipe,
  classes: number,
): Tensors {
  const network = buildNetwork(networkOptions(recipe, classes))
  const own = initialize(network, initialScheme(recipe.network, recipe.initialization.kind), recipe.seed)
  const from = buildNetwork(options)
  const fitting = withoutOtherMaps(context, { network, from, title, given })
  const source = { network: from, weights: fitting }
  const how = mode === 'staged' ? stagedOf(options, recipe.network) : mode
  const { weights, copied } = transfer(network, own, source, how)
  const values = { copied: copied.length, tensors: weights.size, source: title }
  context.emit({ event: 'notice', code: 'transferred', values })
  return weights
}

/**
 * A classifier reads the last map place by place, so that one for another crop does not fit, also not its later layers,
 * which go with the first. (torchvision's networks bring every map to 7×7 first; here the crop decides.)
 */
function withoutOtherMaps(
  context: JobContext,
  {
    network,
    from,
    title,
    given,
  }: {
    readonly network: Network
    readonly from: Network
    readonly title: SourceFact
    readonly given: Tensors
  },
): Tensors {
  const [wanted, own] = [mapOf(network), mapOf(from)]
  if (wanted === null || own === null || wanted.side === own.side || wanted.channels !== own.channels)
    return given
  const head = new Set(layerGroups(from).at(-1)!.layers)
  const kept = new Map([...given].filter(([name]) => !head.has(name.slice(0, name.lastIndexOf('.')))))
  if (kept.size === given.size) return given
  context.emit({
    event: 'notice',
    code: 'new-head',
    values: {
      what: 'other-map',
      source: title,
      ...{ side: own.side, crop: own.crop, ownSide: wanted.side, ownCrop: wanted.crop },
    },
  })
  return kept
}

/** The last map, where a classifier reads it place by place. */
function mapOf(whole: Network) {
  const network = withoutAuxiliary(whole)
  const flatten = network.layers.find(({ kind }) => kind === 'flatten')
  const shape = flatten && layerShapes(network).get(flatten.inputs[0]!)
  if (shape?.length !== 3) return null
  return { channels: shape[0], side: shape[1], crop: network.input[1] }
}

function stagedOf(from: NetworkSpec, to: NetworkSpec): Staged {
  const { staged, title } = entryOf(to)
  if (staged !== null && from.family === to.family) return staged
  throw new StudioError('nothing-to-transfer', {
    what: 'staged',
    from: from.family === to.family ? null : entryOf(from).title,
    to: title,
  })
}
