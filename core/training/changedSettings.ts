import { changeRecipe } from './settings.ts'

/** A setting in which one recipe is not as another; values as text, null where a recipe has no such setting. */
export interface ChangedSetting {
  /** `optimization.learningRate` */
  readonly setting: string
  readonly from: string | null
  readonly to: string | null
}

type Group = { readonly [key: string]: unknown }

const microBatch = 'optimization.microBatch'
/** What the images that fit in memory at once depend on. */
const sizing = /^(network\.|data\.crop$|optimization\.batchSize$)/

/**
 * What a person changed in a recipe. What a run found out by itself is none of it: where it computes if that was left
 * open, and a micro-batch that another network or batch has of its own.
 */
export function changedSettings(before: object, after: object): readonly ChangedSetting[] {
  const own = new Map(flatten(before))
  const other = new Map(flatten(after))
  const all = [...new Set([...other.keys(), ...own.keys()])].map((setting) => ({
    setting,
    from: own.get(setting) ?? null,
    to: other.get(setting) ?? null,
  }))
  const changed = all.filter(({ setting, from, to }) => from !== to && !(isFound(setting) && isOpen(from)))
  const isResized = changed.some(({ setting }) => sizing.test(setting))
  return isResized ? changed.filter(({ setting }) => setting !== microBatch) : changed
}

/** The recipe of a run like another one. @param changes any part of a recipe */
export const recipeLike = (recipe: object, changes: object): Group =>
  withFreeMicroBatch(recipe, changeRecipe(recipe, changes))

/**
 * The changed recipe, with a micro-batch of its own where the one that the run found out was for another network, crop
 * or batch.
 */
export function withFreeMicroBatch(before: object, recipe: object): Group {
  const after = recipe as Group
  const changed = changedSettings(before, after)
  const [was, is] = [settingAt(before), settingAt(after)]
  if (was !== is || !changed.some(({ setting }) => sizing.test(setting))) return after
  const { microBatch: _, ...optimization } = (after['optimization'] ?? {}) as Group
  return { ...after, optimization }
}

const settingAt = (recipe: object): unknown =>
  (recipe as { readonly optimization?: Group }).optimization?.['microBatch']
/** Settings as text, by path. */
export const settingTexts = (recipe: object): ReadonlyMap<string, string> => new Map(flatten(recipe))

const isFound = (setting: string): boolean => setting.startsWith('execution.') || setting === microBatch
const isOpen = (value: string | null): boolean => value === null || value === 'auto' || value === 'null'

/** Settings as text. A scale is one of them, and where a recipe starts from. */
function flatten(value: unknown, path = ''): readonly (readonly [string, string])[] {
  if (path === 'version') return []
  if (path === 'data.scale' && isGroup(value)) {
    const { min, max } = value
    return [[path, min === max ? String(min) : `${String(min)}-${String(max)}`]]
  }
  if (path === 'initialization.from' && isGroup(value)) return flatten(value, `${path}.`)
  if (isGroup(value) && Object.keys(value).length > 0) {
    const prefix = path === '' || path.endsWith('.') ? path : `${path}.`
    return Object.entries(value).flatMap(([key, inner]) => flatten(inner, `${prefix}${key}`))
  }
  return [[path, typeof value === 'string' ? value : JSON.stringify(value)]]
}

const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
