import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { writeAtomic } from '../../base/files.ts'
import type { Candidate } from '../../engine/selection/candidates.ts'
import { describe, trainingFactor, type NetworkDescription } from '../../network/cost.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Run } from '../../registry/types.ts'
import type { EpochRecord } from '../../training/events.ts'
import { networkOptions, parseRecipe, type Recipe } from '../../training/recipe.ts'

const schema = z.record(z.string(), z.object({ speed: z.number().positive(), measured: z.string() }))

/** How many multiply-adds a second devices have shown while training: measured on purpose, or seen in runs. */
export interface Speeds {
  known(measured: MeasuredDevice): { readonly speed: number | null; readonly measured: string | null }
  put(measured: MeasuredDevice, speed: number): Promise<void>
  /** Speed for a recipe whose network is described: of runs like it, else as measured, else of other runs. */
  of(measured: MeasuredDevice, recipe: Recipe, network: NetworkDescription): number | null
}

export type MeasuredDevice = Omit<Candidate, 'label'>

/** Number of the latest runs on the device that are looked at. */
const latest = 8

export async function openSpeeds(folder: string, registry: Registry): Promise<Speeds> {
  const file = join(folder, 'speeds.json')
  const measured = new Map(Object.entries(await load(file)))

  function seen(
    measured: MeasuredDevice,
  ): readonly { recipe: Recipe; classes: number; imagesPerSecond: number }[] {
    const runs = registry.runs
      .list()
      .filter(({ execution }) => execution !== null && keyOf(execution) === keyOf(measured))
    return runs
      .slice(-latest)
      .reverse()
      .flatMap((run) => observation(registry, run) ?? [])
  }

  return {
    known: (place) => measured.get(keyOf(place)) ?? { speed: null, measured: null },
    async put(place, speed) {
      measured.set(keyOf(place), { speed, measured: new Date().toISOString() })
      await writeAtomic(file, JSON.stringify(Object.fromEntries(measured)))
    },
    of(place, recipe, network) {
      const runs = seen(place)
      const alike = runs.find((run) => sameWork(run.recipe, recipe))
      if (alike) return alike.imagesPerSecond * network.multiplyAdds * trainingFactor
      const known = measured.get(keyOf(place))
      if (known) return known.speed
      const [other] = runs
      return other ? speedOf(other) : null
    },
  }
}

function keyOf({ engine, device, precision }: Readonly<Record<keyof MeasuredDevice, string>>): string {
  return `${engine} ${device} ${precision}`
}

function observation(registry: Registry, run: Run) {
  const epochs = registry.epochs.list<EpochRecord>(run.id)
  if (epochs.length === 0 || run.dataset === null) return null
  const rates = epochs.map(({ imagesPerSecond }) => imagesPerSecond).sort((a, b) => a - b)
  return {
    recipe: parseRecipe(run.recipe),
    classes: registry.datasets.get(run.dataset).classes.length,
    imagesPerSecond: rates[Math.floor(rates.length / 2)]!,
  }
}

function speedOf({
  recipe,
  classes,
  imagesPerSecond,
}: {
  recipe: Recipe
  classes: number
  imagesPerSecond: number
}): number {
  return (
    imagesPerSecond * describe(buildNetwork(networkOptions(recipe, classes))).multiplyAdds * trainingFactor
  )
}

/** The same network, whatever the number of classes. */
function sameWork(a: Recipe, b: Recipe): boolean {
  return workOf(a) === workOf(b)
}

/** Kinds and sizes of the layers that are computed either way: dropout, or none of it, is no other work. */
function workOf(recipe: Recipe): string {
  const { layers } = describe(buildNetwork(networkOptions(recipe, 2)))
  return layers
    .filter(({ kind }) => kind !== 'dropout')
    .map(({ kind, outputShape, multiplyAdds }) => [kind, ...outputShape, multiplyAdds].join())
    .join(' ')
}

async function load(file: string): Promise<z.output<typeof schema>> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return {}
  }
}
