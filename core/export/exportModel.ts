import { copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freeBytes } from '../base/disk.ts'
import { StudioError } from '../base/errors.ts'
import { writeAtomic } from '../base/files.ts'
import { executionOf, type Execution } from '../engine/execution.ts'
import type { Engine, ExecutionOptions } from '../engine/types.ts'
import { modelProbabilities } from '../evaluation/model.ts'
import { progressOf, type ProgressCounter } from '../evaluation/progress.ts'
import type { Progress, Protocol } from '../evaluation/types.ts'
import type { LoaderOptions } from '../pipeline/types.ts'
import { certify, type Certificate, type MeasuredPicture } from './certificate.ts'
import { certificateText, type StoredCheck } from './certificateFile.ts'
import { checksums } from './checksums.ts'
import { isExport, mark } from './existing.ts'
import { writeFolder } from './folder.ts'
import type { ExportFormat } from './formatNames.ts'
import { exporters } from './formats.ts'
import { labelsText, preprocessing, sidecar } from './preprocessing.ts'
import { readme } from './readme.ts'
import { loaders } from './runLoader.ts'
import type { Exporter, Reopened } from './exporter.ts'
import type { ExportChoices, ExportSource } from './types.ts'

/** An image of the data set that was not trained on. */
export interface Sample {
  /** Absolute. */
  readonly path: string
  /** What it is called in the certificate. */
  readonly name: string
  readonly label: number
}

export interface ExportInput extends ExportSource {
  readonly format: ExportFormat
  readonly choices: ExportChoices
  /** Images that source and export are compared on, beside those that every export carries. */
  readonly samples: readonly Sample[]
  /** Folder to write. */
  readonly out: string
  /** Whether an export that is there already may be replaced. */
  readonly overwrite: boolean
  /** Runs the source network, in fp32. */
  readonly engine: Engine
  readonly execution?: ExecutionOptions | undefined
  readonly loaderOptions?: Pick<LoaderOptions, 'threads'> | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
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
  readonly certificate: Certificate
  /** What computed the source for it. */
  readonly execution: Execution
}

/** Pictures that every export carries, so that it can be checked where the data set is not (test/reference/checkPictures.ts). */
const checks = fileURLToPath(new URL('../../resources/check/', import.meta.url))
/** Bytes of an export beside its model, at most. */
const aside = 4_000_000

/**
 * Writes a network in a format with its labels, its preprocessing and programs that use it, and proves that other
 * programs which open it compute from the files of images what evaluation and prediction compute here.
 * @throws StudioError `certificate-failed` (nothing is written), `export-unopened`, `output-exists`,
 * `output-not-writable`, `invalid-export`, `invalid-protocol` (no dense form), `disk-full`, `canceled`
 */
export async function exportModel(input: ExportInput): Promise<ExportResult> {
  const exporter = exporters[input.format]
  const rules = preprocessing(input, input.choices)
  const out = resolve(input.out)
  await checkRoom(out, exporter.size(input) + aside)
  const pictures = (await readdir(checks)).sort()
  const names = [
    ...exporter.files,
    ...['labels.txt', 'README.md', ...exporter.loaders, 'check', 'certificate.json', 'SHA256SUMS'],
    mark,
  ]
  const done = { bytes: 0, certificate: undefined as Certificate | undefined }
  const fill = async (folder: string): Promise<void> => {
    const put = (name: string, text: string): Promise<void> => writeAtomic(join(folder, name), text)
    await exporter.write(input, rules, input.choices, folder)
    await put('labels.txt', labelsText(input.classes))
    await put(mark, sidecar(rules))
    for (const name of exporter.loaders) await copyFile(join(loaders, name), join(folder, name))
    await mkdir(join(folder, 'check'))
    for (const name of pictures) await copyFile(join(checks, name), join(folder, 'check', name))
    const bytes = (await stat(join(folder, exporter.files[0]))).size
    const { certificate, stored } = await measure(input, exporter, folder, pictures, bytes)
    if (!certificate.passed)
      throw new StudioError('certificate-failed', { certificate }, { cause: certificate })
    await put('certificate.json', certificateText(certificate, stored))
    await put('README.md', readme(rules, certificate, input.format))
    const files = names.filter((name) => name !== 'check' && name !== 'SHA256SUMS')
    await put('SHA256SUMS', await checksums(folder, [...files, ...pictures.map((name) => `check/${name}`)]))
    done.bytes = bytes
    done.certificate = certificate
  }
  const replaceable = async (folder: string): Promise<boolean> => input.overwrite && isExport(folder)
  await writeFolder({ out, files: names, replaceable, fill })
  const files = names.flatMap((name) => (name === 'check' ? pictures.map((one) => join(name, one)) : [name]))
  const paths = files.map((name) => join(out, name))
  const execution = executionOf(input.engine, { ...input.execution, precision: 'fp32' })
  return { path: paths[0]!, files: paths, bytes: done.bytes, certificate: done.certificate!, execution }
}

/** @throws StudioError `disk-full` */
async function checkRoom(out: string, needed: number): Promise<void> {
  const folder = dirname(out)
  const free = await freeBytes(folder)
  if (needed > free) throw new StudioError('disk-full', { what: 'export', needed, folder, free })
}

/** Source and export one after the other over the same files: a VGG is half a gigabyte. */
async function measure(
  input: ExportInput,
  exporter: Exporter,
  folder: string,
  pictures: readonly string[],
  bytes: number,
): Promise<{ certificate: Certificate; stored: readonly StoredCheck[] }> {
  const carried = pictures.map((name) => ({
    ...{ path: join(folder, 'check', name), name: `check/${name}` },
    label: null,
  }))
  const items = [...carried, ...input.samples]
  const progress = progressOf(items.length * (1 + exporter.runtimes.length), 1, input.onProgress)
  const measured = await measureSource(input, items, progress)
  const reopened: Reopened[] = []
  for (const runtime of exporter.runtimes) {
    const onPicture = (): void => progress.advance()
    const files = measured.map(({ path }) => path)
    reopened.push(
      await exporter.reopen(runtime, { folder, pictures: files, onPicture, signal: input.signal }),
    )
  }
  const stored = measured
    .filter(({ label }) => label === null)
    .map(({ name, probabilities }) => ({ file: name, probabilities }))
  return { certificate: certify(measured, reopened, { tolerance: exporter.tolerance, bytes }), stored }
}

/** The source's probabilities, as prediction gives them; files that can't be read are left out. */
async function measureSource(
  input: ExportInput,
  items: readonly Omit<MeasuredPicture, 'probabilities'>[],
  progress: ProgressCounter,
): Promise<readonly MeasuredPicture[]> {
  const { network, scale, mode, choices, execution } = input
  const protocol: Protocol = {
    views: choices.dense ? 'dense' : 'center',
    ...{ scales: [scale], flips: false, crop: network.input[1], mode },
  }
  const rows = new Map<number, readonly number[]>()
  await modelProbabilities(
    { ...input, protocol, execution: { ...execution, precision: 'fp32' }, onProgress: undefined },
    items.map(({ path, label }) => ({ path, label: label ?? 0 })),
    {
      onRow(item, row) {
        rows.set(item, Array.from(row))
        progress.advance()
      },
    },
  )
  return items.flatMap((item, index) => {
    const probabilities = rows.get(index)
    return probabilities ? [{ ...item, probabilities }] : []
  })
}
