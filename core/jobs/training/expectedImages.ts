import type { Normalization } from '../../pipeline/types.ts'
import type { Recipe } from '../../training/recipe.ts'
import { readEntry, type WeightsEntry } from '../../weights/entry.ts'
import { scaleOf, type ResizeRule } from '../../weights/preprocessings.ts'
import type { Home } from '../context/home.ts'
import { entryPath, hasWeights, isWeightsName } from '../weights/kept.ts'

/** What weights expect of images. */
export interface ExpectedImages {
  readonly normalization: Normalization
  /** Null where it is not known. */
  readonly resize: ResizeRule | null
}

/** The part of a recipe, as it was written, that goes before what weights expect. */
export interface AskedImages {
  readonly data?: {
    readonly normalization?: unknown
    readonly mode?: unknown
    readonly scale?: unknown
  }
}

/**
 * Has images prepared as weights expect, but where the recipe said otherwise: normalization, how they are resized, and the
 * scale, in proportion to the crop.
 * @param asked the recipe before its defaults were filled in
 */
export function withExpectedImages(
  recipe: Recipe,
  { data: asked = {} }: AskedImages,
  { normalization, resize }: ExpectedImages,
): Recipe {
  const { data } = recipe
  const mode = asked.mode === undefined && resize ? resize.mode : data.mode
  const scale =
    resize && asked.scale === undefined && mode === resize.mode ? scaleOf(resize, data.crop) : null
  return {
    ...recipe,
    data: {
      ...data,
      mode,
      ...(scale !== null && { scale: { min: scale, max: scale } }),
      ...(asked.normalization === undefined && { normalization }),
    },
  }
}

/** What pretrained weights expect that a recipe starts from; null where it starts from none that are here. */
export async function expectedOf(
  home: Home,
  { initialization: { from } }: Pick<Recipe, 'initialization'>,
): Promise<WeightsEntry | null> {
  if (from === null || !isWeightsName(from.run) || !(await hasWeights(home, from.run))) return null
  return readEntry(entryPath(home, from.run))
}
