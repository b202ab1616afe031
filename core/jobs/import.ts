import { statSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { importFolder } from '../dataset/import.ts'
import type { ImportOptions, Manifest, Problem, Split } from '../dataset/types.ts'
import type { Dataset, Id } from '../registry/types.ts'
import type { JobContext } from './context.ts'

export interface ImportInput extends ImportOptions {
  /** A folder, absolute or relative to the working directory. */
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
  const { name, ...options } = input
  const manifest = await readFolder(context, input.source, options)
  return resultOf(context, context.registry.datasets.add(manifest, optionsOf(options), name))
}

/**
 * The data set that `reference` names (an id, a name, `name@version`, `last`), or the folder at that path, imported
 * if it was not before or has changed since.
 * @throws StudioError `not-found`
 */
export async function findOrImport(
  context: JobContext,
  reference: string,
  options: ImportOptions,
): Promise<Dataset> {
  const { datasets } = context.registry
  const known = looksLikePath(reference) ? null : datasets.find(reference)
  if (known) return known
  if (!isFolder(reference)) return datasets.get(reference)
  const manifest = await readFolder(context, reference, options)
  const latest = datasets.latestOf(manifest.root)
  if (latest && isSame(datasets.manifest(latest.id), manifest)) return latest
  const dataset = datasets.add(manifest, optionsOf(options))
  context.emit({ event: 'imported', ...resultOf(context, dataset) })
  return dataset
}

async function readFolder(context: JobContext, source: string, options: ImportOptions): Promise<Manifest> {
  // One folder is one data set, whatever way leads to it; what can't be resolved is the importer's to refuse.
  const root = await realpath(source).catch(() => resolve(source))
  return importFolder(root, optionsOf(options), {
    signal: context.signal,
    onProgress: (progress) => context.emit({ event: 'progress', ...progress }),
  })
}

function optionsOf({ validation, test, seed }: ImportOptions): ImportOptions {
  return { validation, test, seed }
}

function resultOf({ registry }: JobContext, dataset: Dataset): ImportResult {
  const { id, name, version, root, classes, images } = dataset
  return { dataset: id, name, version, root, classes, images, problems: registry.datasets.problems(id) }
}

function looksLikePath(reference: string): boolean {
  return /[/\\]/.test(reference) || reference === '.' || reference === '..'
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function isSame(a: Manifest, b: Manifest): boolean {
  const images = ({ images, classes, problems }: Manifest): string =>
    JSON.stringify([
      classes,
      images.map(({ path, label, split, hash }) => [path, label, split, hash]),
      problems,
    ])
  return images(a) === images(b)
}
