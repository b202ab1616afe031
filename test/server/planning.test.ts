import { describe, expect, test } from 'vitest'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import { fixFor } from '../../core/server/planning/fix.ts'
import { chooseMicroBatch } from '../../core/training/microBatchSize.ts'
import { networkOptions, parseRecipe, type Recipe } from '../../core/training/recipe.ts'
import { buildNetwork } from '../../core/network/architectures/index.ts'

const classes = 1000
const engine = onnxruntimeEngine

/** Bytes that are enough for a recipe, and no more than a little above it. */
function enoughFor(recipe: Recipe): number {
  const { optimization } = recipe
  const network = buildNetwork(networkOptions(recipe, classes))
  return chooseMicroBatch(network, optimization.batchSize, 1, { engine, available: Infinity }).needed / 0.79
}

function fits(recipe: Recipe, available: number): boolean {
  const { batchSize, microBatch } = recipe.optimization
  return chooseMicroBatch(buildNetwork(networkOptions(recipe, classes)), batchSize, microBatch, {
    engine,
    available,
  }).fits
}

/** As the window applies it: setting by setting. */
function applied(recipe: Recipe, changes: NonNullable<ReturnType<typeof fixFor>>['changes']): Recipe {
  const next = structuredClone(recipe) as unknown as Record<string, Record<string, unknown>>
  for (const { setting, to } of changes) {
    const [group, name] = setting.split('.') as [string, string]
    next[group]![name] = to
  }
  return parseRecipe(next)
}

describe('what does not fit in memory', () => {
  test('needs no more than the micro-batch that is chosen for it, where that alone is too large', () => {
    const recipe = parseRecipe({ network: { config: 'D' }, optimization: { microBatch: 256 } })
    const available = enoughFor(recipe)
    expect(fits(recipe, available)).toBe(false)
    const fix = fixFor(recipe, { classes, engine, available })!
    expect(fix.changes).toEqual([{ setting: 'optimization.microBatch', from: 256, to: 'auto' }])
    expect(fix.needed).toBeLessThan(available)
    expect(fits(applied(recipe, fix.changes), available)).toBe(true)
  })

  test('gets narrower FC layers where they hold most of it, and a smaller crop with its scale where not', () => {
    const wide = parseRecipe({ network: { config: 'A' } })
    const narrow = fixFor(wide, { classes, engine, available: enoughFor(wide) * 0.8 })!
    expect(narrow.changes).toEqual([{ setting: 'network.fcWidth', from: 4096, to: 2048 }])

    const large = parseRecipe({
      network: { config: 'D', fcWidth: 64 },
      data: { crop: 448, scale: { min: 512, max: 1024 } },
    })
    const small = fixFor(large, { classes, engine, available: enoughFor(large) * 0.85 })!
    expect(small.changes).toEqual([
      { setting: 'data.crop', from: 448, to: 320 },
      { setting: 'data.scale', from: { min: 512, max: 1024 }, to: { min: 366, max: 731 } },
    ])
  })

  test('fits after whatever is proposed; and what nothing helps gets no proposal', () => {
    const recipe = parseRecipe({ network: { config: 'E' }, data: { crop: 512, scale: 600 } })
    for (const share of [0.9, 0.5, 0.2, 0.1, 0.05]) {
      const available = enoughFor(recipe) * share
      const fix = fixFor(recipe, { classes, engine, available })!
      expect(fits(recipe, available)).toBe(false)
      expect(fits(applied(recipe, fix.changes), available), `${share}`).toBe(true)
    }
    expect(fixFor(recipe, { classes, engine, available: 1e6 })).toBeNull()
  })
})
