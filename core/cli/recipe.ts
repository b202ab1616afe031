import { readFile } from 'node:fs/promises'
import { InvalidArgumentError } from 'commander'
import { detailOf, StudioError, withText } from '../base/errors.ts'
import { decodeText } from '../base/text.ts'
import { familyOf, type Config } from '../network/architectures/names.ts'
import { findPreset } from '../training/presets.ts'
import { parseRecipe } from '../training/recipe.ts'
import { withFreeMicroBatch } from '../training/changedSettings.ts'
import { changeRecipe, mergeRecipes, mergeSettings } from '../training/settings.ts'

/** The flags of `train` that are settings of the recipe. */
export interface RecipeFlags {
  readonly preset?: string
  readonly recipe?: string
  readonly set?: readonly string[]
  readonly config?: Config
  readonly batchNorm?: boolean
  readonly crop?: number
  readonly scale?: { readonly min: number; readonly max: number }
  readonly epochs?: number
  readonly batch?: number
  readonly microBatch?: number | 'auto'
  readonly learningRate?: number
  readonly schedule?: string
  readonly initialization?: string
  readonly from?: string
  readonly transfer?: string
  readonly freeze?: readonly string[]
  readonly seed?: number
  readonly engine?: string
  readonly device?: string
  readonly precision?: string
}

/** What was asked for: merged here, checked once, by the job. */
export interface AskedRecipe {
  /** Its defaults not filled in. */
  readonly recipe: object
  /** The error of a check, as one of what is to blame: flags and settings (wrong usage), or the file, by its name. */
  readonly blame: (error: unknown) => unknown
}

/**
 * Merges the preset, or the recipe of the run that is repeated, over it the file, the flags, the settings.
 * @param like that run's, whole
 * @throws StudioError where the preset or the file can't be read; it names the file
 * @throws InvalidArgumentError where the flags or the settings are wrong usage
 */
export async function askedRecipe(flags: RecipeFlags, like?: object): Promise<AskedRecipe> {
  const chosen = flags.preset === undefined ? null : await findPreset(flags.preset)
  const preset = chosen?.recipe ?? {}
  const file = flags.recipe === undefined ? {} : await readRecipe(flags.recipe)
  if (flags.transfer !== undefined && flags.from === undefined)
    throw new InvalidArgumentError(
      '--transfer says which weights of another run to take: name it with --from RUN.',
    )
  const base = like === undefined ? mergeRecipes(preset, file) : changeRecipe(like, file)
  const flagged =
    like === undefined ? mergeRecipes(base, recipeOf(flags)) : changeRecipe(base, recipeOf(flags))
  const merged = withSettings(flagged, flags.set ?? [])
  const recipe = like === undefined ? merged : withFreeMicroBatch(like, merged)
  if (chosen?.needsSource && !startsFrom(recipe)) {
    throw new InvalidArgumentError(
      `--preset ${chosen.id} starts from weights: name pretrained ones or a run with --from NAME (vgg-studio weights lists them).`,
    )
  }
  function blame(error: unknown): unknown {
    if (!(error instanceof StudioError) || accepts(recipe)) return error
    if (accepts(base)) return wrongUsage(error)
    return flags.recipe === undefined ? error : withText(error, 'in-file', { path: flags.recipe })
  }
  return { recipe, blame }
}

function withSettings(recipe: object, settings: readonly string[]): object {
  try {
    return mergeSettings(recipe, settings)
  } catch (error) {
    throw error instanceof StudioError ? wrongUsage(error) : error
  }
}

function startsFrom(recipe: object): boolean {
  const { initialization } = recipe as { initialization?: { from?: unknown } }
  return initialization?.from != null
}

function wrongUsage({ message, hint }: StudioError): InvalidArgumentError {
  return new InvalidArgumentError(hint ? `${message}\n${hint}` : message)
}

function accepts(recipe: object): boolean {
  try {
    parseRecipe(recipe)
    return true
  } catch {
    return false
  }
}

async function readRecipe(path: string): Promise<object> {
  try {
    const value: unknown = JSON.parse(decodeText(await readFile(path)).text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch (error) {
    throw new StudioError('invalid-recipe', { what: 'file', path, detail: detailOf(error) }, { cause: error })
  }
  throw new StudioError('invalid-recipe', { what: 'file', path, detail: null })
}

/** Only what was given: the rest is for the file, the preset or the defaults to say. */
function recipeOf(flags: RecipeFlags): object {
  const { config, batchNorm, crop, scale, epochs, batch, microBatch, learningRate, schedule, freeze } = flags
  const { initialization, from, transfer, seed, engine, device, precision } = flags
  const groups = given({
    network: given({ family: config && familyOf({ config }), config, batchNorm }),
    data: given({ crop, scale }),
    optimization: given({ epochs, batchSize: batch, microBatch, learningRate, schedule, frozen: freeze }),
    initialization: given({ kind: initialization, from: from && given({ run: from, mode: transfer }) }),
    execution: given({ engine, device, precision }),
    seed,
  })
  return groups ?? {}
}

/** Without what is undefined; undefined where nothing is left. */
function given(entries: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  const kept = Object.entries(entries).filter(([, value]) => value !== undefined)
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}
