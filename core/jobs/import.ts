import { statSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { importFolder } from '../dataset/import.ts'
import type { Manifest, Problem, Split } from '../dataset/types.ts'
import type { Dataset, Id, StoredOptions } from '../registry/types.ts'
import type { JobContext } from './context.ts'
import { importDefaults } from './defaults.ts'

export interface ImportInput extends StoredOptions {
  /** A folder, or a CSV file, absolute or relative to the working directory. */
  readonly source: string
  /** Default: the folder's name. */
  readonly name?: string | undefined
}

export interface ImportResult {
  readonly dataset: Id
  readonly name: string
  readonly version: number
  readonly root: string
  readonly classes: readonly string[]
  /** Usable ones. */
  readonly images: Readonly<Record<Split, number>>
  /** Those that were left out, with the reason. */
  readonly problems: readonly Problem[]
}

/** Looks through a labelled folder and files it as a new version of a data set. Writes nothing into the folder. */
export async function importDataset(context: JobContext, input: ImportInput): Promise<ImportResult> {
  const { source, name, ...options } = input
  const manifest = await readSource(context, await resolveSource(source), options)
  return resultOf(context, context.registry.datasets.add(manifest, options, name))
}

/**
 * The data set that `reference` names (an id, a name, `name@version`, `last`), or the folder at that path, imported
 * if it was not before or has changed since.
 * @param asked how to split a folder that brings no split; left out: as it was split before
 * @throws StudioError `not-found`
 */
export async function findOrImport(
  context: JobContext,
  reference: string,
  asked?: StoredOptions,
): Promise<Dataset> {
  const { datasets } = context.registry
  const known = looksLikePath(reference) ? null : datasets.find(reference)
  if (known) return known
  if (!isSource(reference)) return datasets.get(reference)
  const path = await resolveSource(reference)
  const options = asked ?? datasets.latestOf({ root: path })?.options ?? importDefaults
  const manifest = await readSource(context, path, options)
  const latest = datasets.latestOf(manifest)
  if (latest && sameImages(datasets.manifest(latest.id), manifest)) return latest
  const dataset = datasets.add(manifest, options)
  context.emit({ event: 'imported', ...resultOf(context, dataset) })
  return dataset
}

/** One folder is one data set, whatever way leads to it. What can't be resolved is the importer's to refuse. */
function resolveSource(source: string): Promise<string> {
  return realpath(source).catch(() => resolve(source))
}

async function readSource(context: JobContext, path: string, options: StoredOptions): Promise<Manifest> {
  const previous = previousVersion(context, path, options)
  return importFolder(path, previous ? { ...options, previous } : options, {
    signal: context.signal,
    onProgress: (progress) => context.emit({ event: 'progress', ...progress }),
  })
}

/** Images keep their split from one version to the next, unless another split is asked for. */
function previousVersion(
  { registry }: JobContext,
  path: string,
  options: StoredOptions,
): Manifest | undefined {
  const latest = registry.datasets.latestOf({ root: path })
  if (latest === null) return undefined
  const { validation, test, seed } = latest.options
  const same = validation === options.validation && test === options.test && seed === options.seed
  return same ? registry.datasets.manifest(latest.id) : undefined
}

function resultOf({ registry }: JobContext, dataset: Dataset): ImportResult {
  const { id, name, version, root, classes, images } = dataset
  return { dataset: id, name, version, root, classes, images, problems: registry.datasets.problems(id) }
}

function looksLikePath(reference: string): boolean {
  return /[/\\]/.test(reference) || reference === '.' || reference === '..'
}

function isSource(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function sameImages(a: Manifest, b: Manifest): boolean {
  const text = ({ images, classes, problems }: Manifest): string =>
    JSON.stringify([
      classes,
      images.map(({ path, label, split, hash }) => [path, label, split, hash]),
      problems,
    ])
  return text(a) === text(b)
}
