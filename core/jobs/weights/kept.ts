import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '../../base/errors.ts'
import type { Normalization } from '../../pipeline/types.ts'
import { weightsCatalog, type CatalogEntry } from '../../weights/catalog.ts'
import { loadEntry, readEntry, type WeightsEntry } from '../../weights/entry.ts'
import {
  knownPreprocessings,
  normalizationFor,
  type KnownPreprocessing,
} from '../../weights/preprocessings.ts'
import type { Home } from '../context/home.ts'

export interface WeightsList {
  readonly here: readonly WeightsEntry[]
  /** Entries of the catalog that are not here. */
  readonly offered: readonly CatalogEntry[]
  /** Known ways to prepare images; `normalization` is of RGB levels 0–255. */
  readonly preprocessings: readonly (Pick<KnownPreprocessing, 'id' | 'title' | 'channels'> & {
    readonly normalization: Normalization
  })[]
}

const preprocessings: WeightsList['preprocessings'] = knownPreprocessings.map((known) => {
  const { id, title, channels } = known
  return { id, title, channels, normalization: normalizationFor(known) }
})

const suffix = '.safetensors'
export const weightsFolder = ({ folder }: Home): string => join(folder, 'weights')
export const entryPath = (home: Home, name: string): string => join(weightsFolder(home), `${name}${suffix}`)

export async function listWeights(home: Home): Promise<WeightsList> {
  const files = await readdir(weightsFolder(home)).catch((): string[] => [])
  const here = await Promise.all(
    files.filter((name) => name.endsWith(suffix)).map((name) => readEntry(join(weightsFolder(home), name))),
  )
  here.sort((a, b) => a.created - b.created)
  return {
    here,
    offered: weightsCatalog.filter(({ name }) => !here.some((entry) => entry.name === name)),
    preprocessings,
  }
}

/** @returns null where there are no weights of this name */
export async function findWeights(home: Home, name: string) {
  return isWeightsName(name) && (await hasWeights(home, name)) ? loadEntry(entryPath(home, name)) : null
}

/** @throws StudioError `unknown-weights-name` */
export async function removeWeights(home: Home, name: string): Promise<{ readonly removed: string }> {
  if (!isWeightsName(name) || !(await hasWeights(home, name))) throw notHere(name)
  await rm(entryPath(home, name))
  return { removed: name }
}

function notHere(name: string): StudioError {
  return new StudioError('unknown-weights-name', { what: 'here', name })
}

/** Also a file's name on Windows, and no run's id. */
export const isWeightsName = (name: string): boolean =>
  /^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name) &&
  !/\.$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|^r\d+$|^last$/i.test(name)

export async function hasWeights(home: Home, name: string): Promise<boolean> {
  const files = await readdir(weightsFolder(home)).catch((): string[] => [])
  return files.includes(`${name}${suffix}`)
}
