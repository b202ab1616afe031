import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { StudioError, throwIfAborted } from '../base/errors.ts'
import { writeAtomic } from '../base/files.ts'
import type { Tensor, Tensors } from '../base/tensor.ts'
import { openOnnxModel } from '../engine/onnxruntime/predictor.ts'
import { executionOf, type Execution } from '../engine/execution.ts'
import type { Engine, ExecutionOptions, Predictor } from '../engine/types.ts'
import { inferenceModel } from '../graph/onnx/model.ts'
import type { ResizeMode } from '../image/types.ts'
import type { Network } from '../network/types.ts'
import type { LoaderOptions, Normalization } from '../pipeline/types.ts'
import type { Attribution } from './entry.ts'
import { writeFolder } from './folder.ts'
import { compareLogits, type Parity } from './parity.ts'
import { isExport, labelsText, metadata, preprocessing, sidecar } from './preprocessing.ts'
import { checksums } from './checksums.ts'
import { readme } from './readme.ts'
import { loadSamples, type Samples } from './samples.ts'

export interface ExportInput {
  readonly network: Network
  /** Canonical names and layouts. */
  readonly weights: Tensors
  /** Class names, in the order of the network's outputs. */
  readonly classes: readonly string[]
  readonly normalization: Normalization
  readonly mode: ResizeMode
  /** Test scale Q, pixels, at least the crop. */
  readonly scale: number
  /** How the network came to be, for people and programs; JSON-plain. */
  readonly recipe?: Readonly<Record<string, unknown>> | undefined
  /** Attribution of the weights that training started from. */
  readonly attribution?: Attribution | undefined
  /** Temperature that the weights' logits have been divided by; stated in the preprocessing. */
  readonly temperature?: number | undefined
  /** Image files that source and export are compared on (64 at most); without any, random inputs stand in. */
  readonly samples: readonly string[]
  /** Folder to write. */
  readonly out: string
  /** Runs the source network, in fp32. */
  readonly engine: Engine
  readonly execution?: ExecutionOptions | undefined
  readonly loaderOptions?: Pick<LoaderOptions, 'threads'> | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ExportResult {
  /** Path of the model, absolute. */
  readonly path: string
  /** All files, absolute, the model first. */
  readonly files: readonly string[]
  /** Size of the model. */
  readonly bytes: number
  /** Always passed: an export that does not pass is an error. */
  readonly parity: Parity
  /** What computed the source for it. */
  readonly execution: Execution
}

/** The last one marks the folder as an export. */
const names = ['model.onnx', 'labels.txt', 'README.md', 'SHA256SUMS', 'preprocessing.json'] as const

type FivePaths = [string, string, string, string, string]

/**
 * Writes the network as ONNX with its labels and preprocessing inside and beside it, and proves that plain ONNX
 * Runtime computes from the file what the source engine computes.
 * @throws StudioError `parity-failed` (nothing is written; `cause` is the Parity), `output-exists`,
 * `output-not-writable`, `canceled`
 */
export async function exportOnnx(input: ExportInput): Promise<ExportResult> {
  const { network } = input
  const rules = preprocessing(input)
  const out = resolve(input.out)
  const done = { bytes: 0, parity: undefined as Parity | undefined }
  const fill = async (folder: string): Promise<void> => {
    const [model, labels, text, sums, mark] = names.map((name) => join(folder, name)) as FivePaths
    await writeAtomic(model, inferenceModel(network, input.weights, metadata(rules)))
    const parity = await measure(input, network, model)
    if (!parity.passed) throw parityFailed(parity)
    await writeAtomic(labels, labelsText(input.classes))
    await writeAtomic(text, readme(rules, parity))
    await writeAtomic(mark, sidecar(rules, parity))
    await writeAtomic(sums, await checksums([model, labels, text, mark]))
    done.bytes = (await stat(model)).size
    done.parity = parity
  }
  await writeFolder({ out, files: names, replaceable: isExport, fill })
  const files = names.map((name) => join(out, name))
  const { bytes, parity } = done
  const execution = executionOf(input.engine, { ...input.execution, precision: 'fp32' })
  return { path: files[0]!, files, bytes, parity: parity!, execution }
}

/** Runs source and export one after the other over the same inputs: a VGG is half a gigabyte. */
async function measure(input: ExportInput, network: Network, model: string): Promise<Parity> {
  const { engine, weights, execution, mode, scale, signal } = input
  const view = { kind: 'center', scale, crop: network.input[1], mode } as const
  const samples = await loadSamples({ ...input, view })
  const source = engine.predictor(network, weights, { ...execution, precision: 'fp32' })
  const expected = await allLogits(source, samples, signal)
  const actual = await allLogits(openOnnxModel(model), samples, signal)
  return compareLogits(expected, actual, samples.source)
}

async function allLogits(
  opening: Promise<Predictor>,
  { batches }: Samples,
  signal: AbortSignal | undefined,
): Promise<Tensor> {
  const predictor = await opening
  const rows: number[] = []
  let classes = 0
  try {
    for (const batch of batches) {
      throwIfAborted(signal)
      const logits = await predictor.logits(batch)
      classes = logits.shape.at(-1)!
      rows.push(...logits.data)
    }
  } finally {
    await predictor.dispose()
  }
  return { shape: [rows.length / classes, classes], data: Float32Array.from(rows) }
}

function parityFailed(parity: Parity): StudioError {
  return new StudioError('parity-failed', { parity }, { cause: parity })
}
