import { copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freeBytes } from '../base/disk.ts'
import { StudioError } from '../base/errors.ts'
import { writeAtomic } from '../base/files.ts'
import { executionOf, type Execution } from '../engine/execution.ts'
import type { Certificate } from './certificate.ts'
import { certificateText } from './certificateFile.ts'
import { checksums } from './checksums.ts'
import { loadingModelOf } from './formats/safetensors.ts'
import { isExport, mark } from './existing.ts'
import { writeFolder } from './folder.ts'
import { exporters } from './formats.ts'
import { measure, type MeasureInput } from './measure.ts'
import { modelSize } from './modelSize.ts'
import { modelCard, type CardFacts } from './modelCard.ts'
import { labelsText, preprocessing, sidecar } from './preprocessing.ts'
import { readme } from './readme.ts'
import { loaders } from './runLoader.ts'

export interface ExportInput extends MeasureInput {
  /** For the model card; default: what the network itself tells. */
  readonly card?: CardFacts | undefined
  /** Images that were trained on, for formats in integers (see `imageNeeds`). */
  readonly calibration?: readonly string[] | undefined
  /** Folder to write. */
  readonly out: string
  /** Whether an export that is there already may be replaced. */
  readonly overwrite: boolean
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
const aside = 10_000_000

/**
 * Writes a network in a format with its labels, its preprocessing and programs that use it, and proves that other
 * programs which open it compute from the files of images what evaluation and prediction compute here.
 * @throws StudioError `certificate-failed` (nothing is written), `export-unopened`, `output-exists`,
 * `output-not-writable`, `invalid-export`, `invalid-protocol` (no dense form), `disk-full`, `canceled`
 */
export async function exportModel(input: ExportInput): Promise<ExportResult> {
  const exporter = exporters[input.format]
  const rules = preprocessing(input, input.choices, exporter.layout)
  const out = resolve(input.out)
  await checkRoom(out, modelSize(input.network, input.format, input.choices.weights) + aside)
  const pictures = (await readdir(checks)).sort()
  const names = [
    ...exporter.files,
    ...exporter.programs,
    ...[
      'labels.txt',
      'README.md',
      'MODEL_CARD.md',
      ...exporter.loaders,
      'check',
      'certificate.json',
      'SHA256SUMS',
    ],
    mark,
  ]
  const done = { bytes: 0, certificate: undefined as Certificate | undefined }
  const fill = async (folder: string): Promise<void> => {
    const put = (name: string, text: string): Promise<void> => writeAtomic(join(folder, name), text)
    const { calibration = [], signal } = input
    await exporter.write(input, rules, input.choices, folder, { calibration, signal })
    await put('labels.txt', labelsText(input.classes))
    await put(mark, sidecar(rules))
    for (const name of exporter.loaders) await copyFile(join(loaders, name), join(folder, name))
    await mkdir(join(folder, 'check'))
    for (const name of pictures) await copyFile(join(checks, name), join(folder, 'check', name))
    const model = await filesIn(folder, exporter.files)
    const bytes = (await Promise.all(model.map((name) => stat(join(folder, name))))).reduce(
      (sum, { size }) => sum + size,
      0,
    )
    const { certificate, stored } = await measure(input, { rules, folder, pictures, bytes })
    if (!certificate.passed)
      throw new StudioError('certificate-failed', { certificate }, { cause: certificate })
    await put('certificate.json', certificateText(certificate, stored))
    await put(
      'README.md',
      readme(rules, certificate, input.format, loadingModelOf(input, input.choices.dense)),
    )
    const unknown = { name: input.network.title, dataset: null, evaluation: null }
    await put('MODEL_CARD.md', modelCard(input.card ?? unknown, rules, certificate))
    const summed = names.filter((name) => name !== 'SHA256SUMS')
    await put('SHA256SUMS', await checksums(folder, await filesIn(folder, summed)))
    done.bytes = bytes
    done.certificate = certificate
  }
  const replaceable = async (folder: string): Promise<boolean> => input.overwrite && isExport(folder)
  await writeFolder({ out, files: names, replaceable, fill })
  const paths = (await filesIn(out, names)).map((name) => join(out, name))
  const execution = executionOf(input.engine, { ...input.execution, precision: 'fp32' })
  return { path: paths[0]!, files: paths, bytes: done.bytes, certificate: done.certificate!, execution }
}

/** @throws StudioError `disk-full` */
async function checkRoom(out: string, needed: number): Promise<void> {
  const folder = dirname(out)
  const free = await freeBytes(folder)
  if (needed > free) throw new StudioError('disk-full', { what: 'export', needed, folder, free })
}

/** Names of files, and in place of folders of what is in them, `/` between. */
async function filesIn(folder: string, names: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      if (!(await stat(path)).isDirectory()) return [name]
      return (await readdir(path)).sort().map((one) => `${name}/${one}`)
    }),
  )
  return found.flat()
}
