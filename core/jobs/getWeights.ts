import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '../base/errors.ts'
import { weightsCatalog } from '../weights/catalog.ts'
import { fetchWeights } from '../weights/download.ts'
import { readEntry } from '../weights/entry.ts'
import type { WorkContext } from './context/context.ts'
import { workImportWeights, type WeightsResult } from './importWeights.ts'
import { entryPath, hasWeights } from './weights/kept.ts'

export interface GetWeightsInput {
  /** Name in the catalog. */
  readonly name: string
}

/** Downloads an entry of the catalog, checks it, and keeps what of it is needed. Does nothing where it is here already. */
export async function getWeights(context: WorkContext, { name }: GetWeightsInput): Promise<WeightsResult> {
  const { home, emit, signal } = context
  const entry = weightsCatalog.find((known) => known.name === name)
  if (!entry) {
    throw new StudioError('unknown-weights-name', {
      what: 'to-get',
      name,
      names: weightsCatalog.map((known) => known.name),
    })
  }
  const path = entryPath(home, name)
  if (await hasWeights(home, name)) return { entry: await readEntry(path), path, imported: false }
  const folder = join(home.cache, 'weights', name)
  const { bytes: total } = entry
  const began = performance.now()
  let before: number | null = null
  /** Seconds for the rest, at the pace so far; bytes that were here already took no time. */
  const secondsLeft = (done: number): number | null => {
    const arrived = done - (before ??= done)
    const seconds = (performance.now() - began) / 1000
    return arrived > 0 ? (Math.max(0, total - done) * seconds) / arrived : null
  }
  const file = await fetchWeights({
    entry,
    folder,
    signal,
    onBytes: (done) =>
      emit({
        ...{ event: 'progress', phase: 'download', total },
        done: Math.min(done, total),
        secondsLeft: secondsLeft(done),
      }),
  })
  const result = await workImportWeights(context, { input: { source: file, name }, images: null })
  await rm(folder, { recursive: true, force: true })
  return result
}
