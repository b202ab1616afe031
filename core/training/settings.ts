import { StudioError } from '../base/errors.ts'
import { entryOf } from '../network/architectures/index.ts'
import { mergeNetworks } from '../network/architectures/merge.ts'
import { familyOf } from '../network/architectures/names.ts'
import { defaultScale, longScale } from './recipeSchema.ts'

/** Settings as JSON has them, not yet validated. */
type Group = { readonly [key: string]: unknown }

/** A recipe's JSON with `key=value` settings put in, later ones winning. Validates their form only. */
export function mergeSettings(recipe: object, settings: readonly string[]): Group {
  const parsed = settings.map(parseSetting)
  const start = parsed.some(({ path }) => samePath(path, ['data', 'crop']))
    ? withoutDefaultScale(recipe as Group)
    : (recipe as Group)
  return parsed.reduce((group, { path, value }) => put(group, path, value), start)
}

/**
 * One partial recipe over another (a recipe file over a preset): groups merge, values and lists are replaced, and of
 * a schedule of another kind only the warm-up stays; for networks see mergeNetworks.
 */
export function mergeRecipes(...recipes: readonly object[]): Group {
  return recipes.reduce<Group>((result, recipe) => merge(result, recipe as Group), {})
}

function merge(under: Group, over: Group): Group {
  const entries = Object.entries(over).map(([key, value]): [string, unknown] => {
    if (key === 'schedule') return [key, mergeSchedules(under[key], value)]
    // What is copied from other weights is for them to say.
    if (key === 'from') return [key, value]
    const old = under[key]
    if (key === 'network' && isGroup(old) && isGroup(value)) return [key, mergeNetworks(old, value)]
    return [key, isGroup(old) && isGroup(value) ? merge(old, value) : value]
  })
  return { ...under, ...Object.fromEntries(entries) }
}

/** The settings of one kind of schedule mean nothing to another; how it warms up does. */
function mergeSchedules(old: unknown, value: unknown): unknown {
  const under = longSchedule(old)
  const over = longSchedule(value)
  if (!isGroup(under) || !isGroup(over)) return value
  if (!('kind' in over) || over['kind'] === under['kind']) return { ...under, ...over }
  return 'warmup' in under ? { warmup: under['warmup'], ...over } : over
}

/** A run's whole recipe with changes: as mergeRecipes, and a scale that is its crop's default follows the crop. */
export function changeRecipe(recipe: object, changes: object): Group {
  const { data } = changes as { readonly data?: unknown }
  const isCropped = isGroup(data) && data['crop'] !== undefined
  return mergeRecipes(isCropped ? withoutDefaultScale(recipe as Group) : recipe, changes)
}

/** A recipe as `--set` takes it: keys, and values as text. Groups that depend on a choice are one value each. */
export function listSettings(recipe: object, prefix = ''): readonly (readonly [string, string])[] {
  return Object.entries(recipe).flatMap(([key, value]): readonly (readonly [string, string])[] => {
    const path = `${prefix}${key}`
    if (key === 'scale') return [[path, shortScale(value as { min: number; max: number })]]
    if (key === 'schedule') return [[path, (value as { kind: string }).kind]]
    if (isGroup(value) && Object.keys(value).length > 0) return listSettings(value, `${path}.`)
    return [[path, typeof value === 'string' ? value : JSON.stringify(value)]]
  })
}

function shortScale({ min, max }: { readonly min: number; readonly max: number }): string {
  return min === max ? String(min) : `${min}-${max}`
}

function parseSetting(setting: string): { path: readonly string[]; value: unknown } {
  const equals = setting.indexOf('=')
  const key = setting.slice(0, Math.max(0, equals)).trim()
  if (key === '') {
    throw new StudioError('invalid-setting', { setting })
  }
  return { path: settingPath(key), value: parseValue(setting.slice(equals + 1).trim()) }
}

/** Layer names have dots of their own: what follows rateFactors is one key. */
function settingPath(key: string): string[] {
  const prefix = 'optimization.rateFactors.'
  return key.startsWith(prefix) ? ['optimization', 'rateFactors', key.slice(prefix.length)] : key.split('.')
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // JSON knows no `.01`.
    return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text
  }
}

function put(group: Group, path: readonly string[], value: unknown): Group {
  const [key, ...rest] = path as [string, ...string[]]
  if (rest.length > 0) {
    const inner = longForm(key, group[key])
    if (key === 'network' && isGroup(inner) && rest.length === 1)
      return { ...group, [key]: mergeNetworks(inner, { [rest[0]!]: value }) }
    if (key === 'schedule' && rest[0] === 'kind')
      return { ...group, [key]: mergeSchedules(inner, { kind: value }) }
    return { ...group, [key]: put(isGroup(inner) ? inner : {}, rest, value) }
  }
  return { ...group, [key]: key === 'schedule' ? mergeSchedules(group[key], value) : value }
}

function longForm(key: string, value: unknown): unknown {
  if (key === 'schedule') return longSchedule(value)
  return key === 'scale' ? longScale(value) : value
}

function longSchedule(value: unknown): unknown {
  return typeof value === 'string' ? { kind: value } : value
}

function withoutDefaultScale(recipe: Group): Group {
  const data = recipe['data']
  if (!isGroup(data)) return recipe
  const { scale, crop, ...rest } = data
  const usual = defaultScale(typeof crop === 'number' ? crop : defaultCrop(recipe))
  const given = longScale(scale)
  if (!isGroup(given) || given['min'] !== usual.min || given['max'] !== usual.max) return recipe
  return { ...recipe, data: crop === undefined ? rest : { crop, ...rest } }
}

const defaultCrop = (recipe: Group): number => entryOf({ family: familyOf(recipe['network']) }).crop.usual

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index])
}
