import type { Run } from '../../registry/types.ts'
import { storedRecipe, type Recipe } from '../../training/recipe.ts'
import { listSettings } from '../../training/settings.ts'

/** Differences that say nothing about what a network learns, or that the name tells anyway. */
const beside = /^(version$|execution\.|checkpoints\.|optimization\.microBatch$|network\.(family|config)$)/
const short: Readonly<Record<string, string>> = {
  'optimization.learningRate': 'rate',
  'optimization.batchSize': 'batch',
  'optimization.weightDecay': 'decay',
  'initialization.from.run': 'from',
}
/** Differences that a name tells. */
const told = 3
const longest = 90

/**
 * A name for a run by what tells it from the first run of the same name: `flowers-A`, then `flowers-A-rate-0.1-batch-16`.
 * @param base the data set's name and the network's
 */
export function runName(
  base: string,
  recipe: Recipe,
  others: readonly Pick<Run, 'name' | 'recipe'>[],
): string {
  const first = others.find(({ name }) => name === base)
  if (first === undefined) return base.slice(0, longest)
  const before = new Map(listSettings(storedRecipe(first.recipe)))
  const parts = listSettings(recipe)
    .filter(([path, value]) => !beside.test(path) && before.get(path) !== value)
    .slice(0, told)
    .map(([path, value]) => `-${short[path] ?? lastOf(path)}-${value}`)
  return `${base}${parts.join('')}`.replace(/[@"\p{Cc}{}[\]]+/gu, '').slice(0, longest)
}

/** `batchNorm` → `batch-norm` */
const lastOf = (path: string): string =>
  path
    .split('.')
    .at(-1)!
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
