import { statSync } from 'node:fs'
import { StudioError } from '../base/errors.ts'
import { mergeCorrections } from '../dataset/corrections.ts'
import type { Correction, CorrectionChange } from '../dataset/types.ts'
import type { Difference } from '../dataset/difference.ts'
import { healthReport, type HealthReport } from '../dataset/health.ts'
import { imagePath } from '../dataset/imagePath.ts'
import { reaches, type Reach } from '../dataset/reach.ts'
import type { Manifest } from '../dataset/types.ts'
import type { Registry } from '../registry/registry.ts'
import type { Dataset, StoredOptions } from '../registry/types.ts'
import type { JobContext, WorkContext } from './context/context.ts'
import type { HomeContext } from './context/home.ts'
import { importDefaults, mostShare } from './entry/defaults.ts'
import type { ImportResult } from './recording/events.ts'
import { resolveSource, type Source } from './dataset/source.ts'
import { keepReport } from './tasks/health.ts'

interface Split {
  readonly validation?: number | undefined
  readonly test?: number | undefined
  readonly seed?: number | undefined
}

/** How to split: what is left out is as in the newest version of the same source, else as in `importDefaults`. */
export interface ImportInput extends Split, Pick<StoredOptions, 'limit' | 'limits'> {
  /** A folder, or a CSV file, absolute or relative to the working directory. */
  readonly source: string
  /** Default: the folder's name. */
  readonly name?: string | undefined
  /** Corrections on top of those that the newest version of the same source was made with. */
  readonly corrections?: readonly CorrectionChange[] | undefined
  /**
   * Folders (absolute, links resolved) that the paths in a CSV file may lead to, besides to files of the version before.
   * Default: anywhere.
   */
  readonly within?: readonly string[] | undefined
}

/** What is other than in the version before. */
export interface SourceChanges extends Difference {
  readonly version: number
  /** Images that it had, too, and that are in another split now. */
  readonly resplit: number
}

export interface ImportReport extends ImportResult {
  /** All that hold for this version. */
  readonly corrections: readonly Correction[]
  /** Null where this is the first version, or one of them is limited. */
  readonly since: SourceChanges | null
  readonly health: HealthReport
}

/** What an import needs besides the files. */
export interface ImportOrder {
  readonly input: ImportInput
  /** The folder or the CSV file: absolute, by its real name. */
  readonly path: string
  readonly latest: LatestVersion | null
  /** Identity of the registry that it will be filed in. */
  readonly identity: string
}

/** The newest version that was imported from there. */
interface LatestVersion {
  readonly dataset: Dataset
  readonly manifest: Manifest
}

/** Looks through a labeled folder and files it as a new version of a data set. Writes nothing into the folder. */
export const importDataset = async (context: JobContext, input: ImportInput): Promise<ImportReport> =>
  workImport(context, await orderImport(context, input))

export async function orderImport({ registry }: HomeContext, input: ImportInput): Promise<ImportOrder> {
  const { path, location } = await resolveSource(input.source)
  return { input, path, latest: latestFrom(registry, location), identity: registry.identity }
}

/** @throws StudioError `outside`, `invalid-option`, `name-taken`, those of importFolder */
export async function workImport(
  context: WorkContext,
  { input, path, latest, identity }: ImportOrder,
): Promise<ImportReport> {
  const { source: _, name, corrections: changes = [], validation, test, seed, within, ...limits } = input
  const usual = latest?.dataset.options ?? importDefaults
  const split = {
    validation: validation ?? usual.validation,
    test: test ?? usual.test,
    seed: seed ?? usual.seed,
  }
  const options = corrected({ ...split, ...limits }, latest, changes)
  // A partial import can't tell what is missing.
  const whole = options.limit === undefined && latest?.dataset.options.limit === undefined
  const reach = within && (await reachOf(within, path, latest?.manifest ?? null))
  const manifest = await readSource(context, path, options, latest, reach)
  const dataset = await context.record('dataset', { manifest, options, name, applied: changes })
  warnOfUnused(context, changes, manifest)
  const health = healthReport(manifest)
  await keepReport({ home: context.home, registry: { identity } }, dataset.id, manifest, health)
  return {
    ...resultOf(dataset, manifest),
    corrections: options.corrections ?? [],
    since: whole && latest ? await sinceVersion(latest.dataset.version, latest.manifest, manifest) : null,
    health,
  }
}

function latestFrom({ datasets }: Registry, location: Source['location']): LatestVersion | null {
  const latest = datasets.latestOf(location)
  return latest && { dataset: latest, manifest: datasets.manifest(latest.id) }
}

/** @throws StudioError `outside` where the source itself, links resolved, lies elsewhere */
async function reachOf(folders: readonly string[], source: string, before: Manifest | null): Promise<Reach> {
  if (!(await reaches({ folders }, source))) throw new StudioError('outside', { what: 'source', source })
  return { folders, files: new Set(before?.images.map((image) => imagePath(before, image))) }
}

async function sinceVersion(version: number, before: Manifest, now: Manifest): Promise<SourceChanges> {
  const { resplitImages, versionDifference } = await import('../dataset/difference.ts')
  return { version, ...versionDifference(before, now), resplit: resplitImages(before, now) }
}

/** A correction of a file that isn't there corrects nothing; it is kept, for the file may come back. */
function warnOfUnused(
  { emit }: WorkContext,
  changes: readonly CorrectionChange[],
  { images, problems }: Manifest,
): void {
  const there = new Set([...images, ...problems].map(({ path }) => path))
  const unused = changes.filter(({ path, action }) => action !== 'take-back' && !there.has(path))
  if (unused.length === 0) return
  const values = { first: unused[0]!.path, count: unused.length }
  emit({ event: 'notice', code: 'unused-corrections', values })
}

/** The same source is corrected the same way in every import. */
function corrected(
  asked: Omit<StoredOptions, 'corrections'>,
  latest: LatestVersion | null,
  changes: readonly CorrectionChange[],
): StoredOptions {
  const corrections = mergeCorrections(latest?.dataset.options.corrections ?? [], changes)
  return corrections.length === 0 ? asked : { ...asked, corrections }
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
  const { path, location } = await resolveSource(reference)
  const latest = latestFrom(context.registry, location)
  const options = asked ? corrected(asked, latest, []) : (latest?.dataset.options ?? importDefaults)
  const manifest = await readSource(context, path, options, latest)
  if (latest && sameImages(latest.manifest, manifest)) return latest.dataset
  const dataset = datasets.add(manifest, options)
  context.emit({ event: 'imported', ...resultOf(dataset, manifest) })
  return dataset
}

/** @throws StudioError `invalid-option` where next to nothing is left to train with */
function checkShares({ validation, test }: StoredOptions): void {
  if (validation + test <= mostShare) return
  throw new StudioError('invalid-option', { what: 'shares', validation, test })
}

async function readSource(
  context: WorkContext,
  path: string,
  options: StoredOptions,
  latest: LatestVersion | null,
  reach?: Reach,
): Promise<Manifest> {
  checkShares(options)
  const previous = previousVersion(latest, options)
  const { importFolder } = await import('../dataset/import.ts')
  return importFolder(path, previous ? { ...options, previous } : options, {
    signal: context.signal,
    reach,
    onProgress: (progress) => context.emit({ event: 'progress', ...progress }),
  })
}

/** Images keep their split from one version to the next, unless another split is asked for. */
function previousVersion(latest: LatestVersion | null, options: StoredOptions): Manifest | undefined {
  if (latest === null) return undefined
  const { validation, test, seed } = latest.dataset.options
  const same = validation === options.validation && test === options.test && seed === options.seed
  return same ? latest.manifest : undefined
}

function resultOf(dataset: Dataset, { problems }: Manifest): ImportResult {
  const { id, name, version, root, classes, images } = dataset
  return { dataset: id, name, version, root, classes, images, problems }
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
