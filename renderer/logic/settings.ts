/** A part of a recipe, as plain nested data. */
export type Settings = { readonly [key: string]: unknown }

const isGroup = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `at(recipe, 'data.scale.min')` */
export const settingAt = (settings: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (isGroup(value) ? value[key] : undefined), settings)

/** A copy with one setting replaced; `undefined` takes it out, and groups that become empty with it. */
export function withSetting(settings: Settings, path: string, value: unknown): Settings {
  const [key = '', ...rest] = path.split('.')
  const { [key]: old, ...others } = settings
  const next = rest.length === 0 ? value : withSetting(isGroup(old) ? old : {}, rest.join('.'), value)
  const empty = next === undefined || (rest.length > 0 && isGroup(next) && Object.keys(next).length === 0)
  return empty ? others : { ...settings, [key]: next }
}

/**
 * The second laid over the first: groups are merged, everything else is replaced. So is a schedule of another kind: a
 * cosine keeps nothing of a plateau's settings.
 */
export function overlaid(base: unknown, changes: unknown, name = ''): unknown {
  if (changes === undefined) return base
  if (!isGroup(base) || !isGroup(changes)) return changes
  if (name === 'schedule' && changes['kind'] !== undefined && changes['kind'] !== base['kind']) return changes
  const keys = new Set([...Object.keys(base), ...Object.keys(changes)])
  return Object.fromEntries([...keys].map((key) => [key, overlaid(base[key], changes[key], key)]))
}

/** How many single settings are changed. */
export const settingCount = (settings: unknown): number =>
  isGroup(settings) ? Object.values(settings).reduce<number>((sum, value) => sum + settingCount(value), 0) : 1

/** `[['data.crop', 224], …]` in order. */
export const flatSettings = (settings: unknown, prefix = ''): [string, unknown][] =>
  isGroup(settings) && Object.keys(settings).length > 0
    ? Object.entries(settings).flatMap(([key, value]) =>
        flatSettings(value, prefix === '' ? key : `${prefix}.${key}`),
      )
    : [[prefix, settings]]
