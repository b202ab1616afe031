import { StudioError, throwIfAborted } from '../base/errors.ts'
import { elementCount } from '../base/tensor.ts'
import { shortened } from '../base/text.ts'

import type { Normalization } from '../pipeline/types.ts'
import { convert } from './convert.ts'
import { parseEntry, type Attribution, type WeightsEntry } from './entry.ts'
import { normalizationFor, usualResize, type KnownPreprocessing, type ResizeRule } from './preprocessings.ts'
import type { WeightsFile } from './readers/types.ts'
import { recognize } from './recognize.ts'
import type { MappedTensor, Recognized } from './recognized.ts'
import { writeSafetensorsParts } from './safetensors.ts'

/** What a file holds, before anything is written. */
export interface Inspection {
  readonly recognized: Recognized
  /** Tensors of the network that are taken: without a classifier, the convolutions. */
  readonly tensors: readonly MappedTensor[]
  /** Why a new head is needed, where one is. */
  readonly noClassifier: 'absent' | 'foreign' | 'not-a-number' | 'not-wanted' | null
}

export interface ImportOptions {
  readonly file: WeightsFile
  readonly sha256: string
  /** The entry's file. */
  readonly path: string
  readonly name: string
  readonly preprocessing: ImportedPreprocessing
  readonly attribution: Attribution
  readonly labels?: readonly string[] | null
  readonly tried?: WeightsEntry['tried']
  readonly created: number
  /** Bytes written, of all. */
  readonly onBytes?: (done: number, total: number) => void
  readonly signal?: AbortSignal | undefined
}

/** What the weights expect of images, and how that is known. */
export interface ImportedPreprocessing {
  readonly id: string
  readonly how: WeightsEntry['preprocessing']['how']
  /** Normalization of RGB levels 0–255. */
  readonly normalization: Normalization
  readonly resize: ResizeRule | null
  /** The file's first convolution takes blue first: it is turned over. */
  readonly reverseInput: boolean
}

export function imported(
  known: KnownPreprocessing,
  how: ImportedPreprocessing['how'],
  resize: ResizeRule = usualResize,
): ImportedPreprocessing {
  const normalization = normalizationFor(known)
  return { id: known.id, how, normalization, resize, reverseInput: known.channels === 'BGR' }
}

/**
 * Recognizes the network and looks through all values: a classifier of NaN (torchvision's IMAGENET1K_FEATURES) counts
 * as none, NaN and infinity anywhere else are refused.
 *
 * @param convolutionsOnly the classifier is left out though there is one
 * @throws StudioError `unknown-network`, `not-finite`, and those of the reader
 */
export async function inspect(
  file: WeightsFile,
  { convolutionsOnly = false, signal }: { convolutionsOnly?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<Inspection> {
  const recognized = recognize(file)
  const isHead = (mapped: MappedTensor): boolean => mapped.isHead
  const features = recognized.tensors.filter((mapped) => !isHead(mapped))
  for (const mapped of features) await checkFinite(file, mapped, signal)
  if (recognized.classifier !== 'present') {
    return { recognized, tensors: features, noClassifier: recognized.classifier }
  }
  if (convolutionsOnly) return { recognized, tensors: features, noClassifier: 'not-wanted' }
  const head = recognized.tensors.filter(isHead)
  if (await allNaN(head)) return { recognized, tensors: features, noClassifier: 'not-a-number' }
  for (const mapped of head) await checkFinite(file, mapped, signal)
  return { recognized, tensors: recognized.tensors, noClassifier: null }
}

/** Writes what was inspected as the studio keeps weights. Atomic. @returns the entry */
export async function importWeights(
  { recognized, tensors, noClassifier }: Inspection,
  options: ImportOptions,
): Promise<WeightsEntry> {
  const { file, preprocessing, onBytes, signal } = options
  const entry: WeightsEntry = {
    format: 'vgg-studio-weights',
    version: 1,
    name: options.name,
    network: recognized.network,
    classifier: noClassifier === null,
    normalization: preprocessing.normalization,
    resize: preprocessing.resize,
    preprocessing: { id: preprocessing.id, how: preprocessing.how },
    tried: options.tried ?? null,
    labels: noClassifier === null ? (options.labels ?? null) : null,
    attribution: options.attribution,
    source: { file: baseName(file.path), sha256: options.sha256, format: file.format },
    created: options.created,
  }
  const total = tensors.reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0)
  let done = 0
  const parts = tensors.map((mapped, index) => ({
    name: mapped.name,
    shape: mapped.shape,
    async load() {
      throwIfAborted(signal)
      // Tensors are in the network's order: the first is the weight of what reads the image.
      const reverseInput = preprocessing.reverseInput && index === 0
      const data = await convert(mapped, { reverseInput })
      onBytes?.((done += data.byteLength), total)
      return data
    },
  }))
  const metadata = { weights: JSON.stringify(entry) }
  // What could not be read again is not written.
  parseEntry(options.path, metadata)
  await writeSafetensorsParts(options.path, parts, metadata)
  return entry
}

const baseName = (path: string): string => path.split(/[/\\]/).at(-1)!

/** Rows that make about a million values. */
async function* slices({ source }: MappedTensor): AsyncGenerator<Float32Array> {
  const { shape } = source
  const rows = shape[0] ?? 1
  const size = elementCount(shape.slice(1))
  const step = Math.max(1, Math.floor(2 ** 20 / Math.max(1, size)))
  for (let from = 0; from < rows; from += step) yield source.rows(from, Math.min(rows, from + step))
}

async function checkFinite(
  file: WeightsFile,
  mapped: MappedTensor,
  signal: AbortSignal | undefined,
): Promise<void> {
  throwIfAborted(signal)
  for await (const values of slices(mapped)) {
    for (let index = 0; index < values.length; index++) {
      if (Number.isFinite(values[index]!)) continue
      throw new StudioError('not-finite', {
        what: 'weights',
        path: file.path,
        tensor: shortened(mapped.source.name),
        value: String(values[index]!),
      })
    }
  }
}

async function allNaN(tensors: readonly MappedTensor[]): Promise<boolean> {
  for (const mapped of tensors) {
    for await (const values of slices(mapped)) if (!values.every(Number.isNaN)) return false
  }
  return tensors.length > 0
}
