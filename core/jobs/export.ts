import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { StudioError } from '../base/errors.ts'
import type { ChangedFiles } from '../dataset/changed.ts'
import { imagePath } from '../dataset/imagePath.ts'
import { parseProtocol } from '../evaluation/protocol.ts'
import { exportModel, type ExportResult, type Sample } from '../export/exportModel.ts'
import { exportFormats, type ExportFormat } from '../export/formatNames.ts'
import { safeName } from '../export/safeName.ts'
import type { ExportChoices } from '../export/types.ts'
import { withTemperature } from '../network/logitScale.ts'
import { testScale } from '../pipeline/testScale.ts'
import { freeName } from '../registry/references.ts'
import type { Changed, Id, Run } from '../registry/types.ts'
import { requireTemperature } from './statistics/temperatures.ts'
import { modelOf, openCheckpoint } from './context/checkpoints.ts'
import { noticeChanged } from './dataset/changed.ts'
import type { JobContext } from './context/context.ts'
import { selectForModel, type ExecutionInput } from './training/selectExecution.ts'

export interface ExportInput extends ExecutionInput {
  readonly run: string
  readonly format: ExportFormat
  /** Default: outside. */
  readonly preprocessing?: ExportChoices['preprocessing'] | undefined
  /** Whether to write the network as it is applied to whole images; default: no. */
  readonly dense?: boolean | undefined
  /** Images at a time; default: any number. */
  readonly batch?: number | undefined
  /** Folder, absolute or relative to the working directory; default: a new one in the home folder. */
  readonly out?: string | undefined
  /** Whether an export that is there already may be replaced; default: no. */
  readonly overwrite?: boolean | undefined
  /** Default: best. */
  readonly checkpoint?: string | undefined
  /** Whether to put the run's temperature into the last layer; default: as the network is. */
  readonly calibrated?: boolean | undefined
}

export interface ExportedRun extends ExportResult, Changed {
  readonly export: Id
  readonly run: Id
  readonly checkpoint: string
  readonly format: ExportFormat
}

/** How many images source and export are compared on. */
const sampleCount = 32

/** Writes a run's network for use elsewhere, and proves that it computes the same. */
export async function exportRun(context: JobContext, input: ExportInput): Promise<ExportedRun> {
  const { registry, signal, emit } = context
  const format = checkFormat(input.format)
  const run = registry.runs.get(input.run)
  const { kind, checkpoint } = await openCheckpoint(context, run, input.checkpoint)
  const samples = sampleImages(context, run)
  const protocol = parseProtocol({}, checkpoint.recipe.data)
  const temperature = input.calibrated ? requireTemperature(context, run.id, kind, protocol) : undefined
  const model = modelOf(checkpoint)
  const changed = await changedSamples(context, run, samples)
  const { preprocessing = 'outside', dense = false, batch = 'any' } = input
  const result = await exportModel({
    ...model,
    ...(temperature !== undefined && {
      weights: withTemperature(model.network, model.weights, temperature),
      temperature,
    }),
    format,
    choices: { preprocessing, dense, batch },
    mode: checkpoint.recipe.data.mode,
    scale: testScale(checkpoint.recipe.data.scale),
    recipe: checkpoint.recipe,
    attribution: checkpoint.attribution,
    samples,
    out: input.out === undefined ? ownFolder(context, run, format) : resolve(input.out),
    overwrite: input.overwrite === true,
    ...(await selectForModel(context, input, checkpoint)),
    onProgress: (progress) => emit({ event: 'progress', phase: 'export', ...progress }),
    signal,
  })
  const { path } = result
  const mark = changed ? { changedFiles: changed } : {}
  const certificate = { ...result.certificate, ...mark }
  const id = registry.exports.add({ run: run.id, checkpoint: kind, format, path, certificate })
  return { export: id, run: run.id, checkpoint: kind, format, ...result, ...mark }
}

/** A folder in the home folder that is not there yet. */
function ownFolder({ home }: JobContext, { id }: Run, format: ExportFormat): string {
  const taken = (name: string): boolean => existsSync(join(home.exports, name))
  return join(home.exports, freeName(safeName(`${id}-${format}`), taken))
}

/** Images that the network was not trained on, spread over the classes; of validation, where there are any. */
function sampleImages({ registry }: JobContext, run: Run): readonly Sample[] {
  if (run.dataset === null) return []
  const manifest = registry.datasets.manifest(run.dataset)
  const validation = manifest.images.filter(({ split }) => split === 'validation')
  const unseen = validation.length > 0 ? validation : manifest.images.filter(({ split }) => split !== 'train')
  const step = Math.max(1, unseen.length / sampleCount)
  const count = Math.min(sampleCount, unseen.length)
  return Array.from({ length: count }, (_, index) => {
    const image = unseen[Math.floor(index * step)]!
    return { path: imagePath(manifest, image), name: image.path, label: image.label }
  })
}

/** Changed files among the images that the certificate is about. */
async function changedSamples(
  context: JobContext,
  run: Run,
  samples: readonly Sample[],
): Promise<ChangedFiles | null> {
  if (run.dataset === null) return null
  const dataset = context.registry.datasets.get(run.dataset)
  const manifest = context.registry.datasets.manifest(dataset.id)
  const paths = new Set(samples.map(({ path }) => path))
  return noticeChanged(context, dataset, manifest, (image) => paths.has(imagePath(manifest, image)))
}

function checkFormat(format: string): ExportFormat {
  const known = exportFormats.find((name) => name === format)
  if (known) return known
  throw new StudioError('unknown-format', { format, formats: exportFormats })
}
