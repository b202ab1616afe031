import { join } from 'node:path'
import { spreadOver } from '../base/spread.ts'
import type { Engine, ExecutionOptions } from '../engine/types.ts'
import { modelProbabilities } from '../evaluation/model.ts'
import { progressOf, type ProgressCounter } from '../evaluation/progress.ts'
import type { Progress, Protocol } from '../evaluation/types.ts'
import type { LoaderOptions } from '../pipeline/types.ts'
import { certify, type Certificate } from './certificate.ts'
import type { StoredCheck } from './certificateFile.ts'
import { compareAnswers, warningsOf } from './comparison.ts'
import type { Reopened } from './exporter.ts'
import { imageNeeds, type ExportFormat } from './formatNames.ts'
import { exporters } from './formats.ts'
import type { MeasuredPicture } from './measuredPicture.ts'
import type { Preprocessing } from './preprocessing.ts'
import type { ExportChoices, ExportSource } from './types.ts'

/** An image of the data set that was not trained on. */
export interface Sample {
  /** Absolute. */
  readonly path: string
  /** What it is called in the certificate. */
  readonly name: string
  readonly label: number
}

export interface MeasureInput extends ExportSource {
  readonly format: ExportFormat
  readonly choices: ExportChoices
  /** Images that source and export are compared on, beside those that every export carries. */
  readonly samples: readonly Sample[]
  /** Runs the source network, in fp32. */
  readonly engine: Engine
  readonly execution?: ExecutionOptions | undefined
  readonly loaderOptions?: Pick<LoaderOptions, 'threads'> | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** Samples, spread over all, that every runtime runs; the first one runs all of them. */
const certifiedSamples = 32

export interface Written {
  readonly rules: Preprocessing
  /** Has the export, whole but for its certificate. */
  readonly folder: string
  /** Names in `check`. */
  readonly pictures: readonly string[]
  /** Size of the model. */
  readonly bytes: number
}

/** Source and export one after the other over the same files: a VGG is half a gigabyte. */
export async function measure(
  input: MeasureInput,
  { rules, folder, pictures, bytes }: Written,
): Promise<{ readonly certificate: Certificate; readonly stored: readonly StoredCheck[] }> {
  const { format, choices, signal } = input
  const exporter = exporters[format]
  const carried = pictures.map((name) => ({
    ...{ path: join(folder, 'check', name), name: `check/${name}` },
    label: null,
  }))
  const items = [...carried, ...input.samples]
  const certified = new Set([...carried, ...spreadOver(input.samples, certifiedSamples)])
  const [, ...others] = exporter.runtimes
  const progress = progressOf(2 * items.length + others.length * certified.size, 1, input.onProgress)
  const measured = await measureSource(input, items, progress)
  const common = measured.filter(({ item }) => certified.has(item))
  const reopened: Reopened[] = []
  for (const runtime of exporter.runtimes) {
    const onPicture = (): void => progress.advance()
    const files = (reopened.length === 0 ? measured : common).map(({ picture }) => picture.path)
    reopened.push(await exporter.reopen(runtime, { folder, pictures: files, onPicture, signal }))
  }
  const [first, ...rest] = reopened as [Reopened, ...Reopened[]]
  const own = { ...first, answers: first.answers.filter((_, index) => common.includes(measured[index]!)) }
  const tolerance = exporter.tolerance(choices)
  const certificate = certify(
    common.map(({ picture }) => picture),
    [own, ...rest],
    { tolerance, bytes },
  )
  const stored = common
    .filter(({ picture }) => picture.label === null)
    .map(({ picture: { name, probabilities } }) => ({ file: name, probabilities }))
  if (!imageNeeds(format, choices).isReduced || !exporter.besideSingle) return { certificate, stored }
  const answers = compareAnswers(
    measured.map(({ picture }) => picture),
    first.answers,
  )
  // Without an image that has a label there is nothing to compare.
  if (answers === null) return { certificate: { ...certificate, comparison: null }, stored }
  const picture = carried[0]!.path
  const beside = await exporter.besideSingle({
    source: input,
    rules,
    choices,
    folder,
    bytes,
    picture,
    signal,
  })
  const comparison = { ...answers, ...beside }
  return {
    certificate: { ...certificate, comparison: { ...comparison, warnings: warningsOf(comparison) } },
    stored,
  }
}

type Item = Omit<MeasuredPicture, 'probabilities'>

/** The source's probabilities, as prediction gives them; files that can't be read are left out. */
async function measureSource(
  input: MeasureInput,
  items: readonly Item[],
  progress: ProgressCounter,
): Promise<readonly { readonly item: Item; readonly picture: MeasuredPicture }[]> {
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
    return probabilities ? [{ item, picture: { ...item, probabilities } }] : []
  })
}
