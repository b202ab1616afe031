import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { StudioError } from '../base/errors.ts'
import type { ChangedFiles } from '../dataset/changed.ts'
import { imagePath } from '../dataset/imagePath.ts'
import { freeName } from '../registry/references.ts'
import type { Changed, Id, Run } from '../registry/types.ts'
import { testScale } from '../pipeline/testScale.ts'
import { exportOnnx, type ExportResult } from '../weights/onnx.ts'
import { parseProtocol } from '../evaluation/protocol.ts'
import { withTemperature } from '../network/logitScale.ts'
import { requireTemperature } from './statistics/temperatures.ts'
import { modelOf, openCheckpoint } from './context/checkpoints.ts'
import { noticeChanged } from './dataset/changed.ts'
import type { JobContext } from './context/context.ts'
import { exportFormats, type ExportFormat } from './entry/defaults.ts'
import { selectForModel, type ExecutionInput } from './training/selectExecution.ts'

export interface ExportInput extends ExecutionInput {
  readonly run: string
  readonly format: ExportFormat
  /** Folder, absolute or relative to the working directory; default: in the home folder. */
  readonly out?: string | undefined
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
  const { registry, signal } = context
  const format = checkFormat(input.format)
  const run = registry.runs.get(input.run)
  const { kind, checkpoint } = await openCheckpoint(context, run, input.checkpoint)
  const samples = sampleImages(context, run)
  const protocol = parseProtocol({}, checkpoint.recipe.data)
  const temperature = input.calibrated ? requireTemperature(context, run.id, kind, protocol) : undefined
  const model = modelOf(checkpoint)
  const changed = await changedSamples(context, run, samples)
  const result = await exportOnnx({
    ...model,
    ...(temperature !== undefined && {
      weights: withTemperature(model.network, model.weights, temperature),
      temperature,
    }),
    mode: checkpoint.recipe.data.mode,
    scale: testScale(checkpoint.recipe.data.scale),
    recipe: checkpoint.recipe,
    attribution: checkpoint.attribution,
    samples,
    out: input.out === undefined ? ownFolder(context, run, format) : resolve(input.out),
    ...(await selectForModel(context, input, checkpoint)),
    signal,
  })
  const { path, parity } = result
  const mark = changed ? { changedFiles: changed } : {}
  const recorded = { ...parity, ...mark }
  const id = registry.exports.add({ run: run.id, checkpoint: kind, format, path, parity: recorded })
  return { export: id, run: run.id, checkpoint: kind, format, ...result, ...mark }
}

/** A folder in the home folder, but not one where another run of that id, of a lost registry, has its export. */
function ownFolder({ home, registry }: JobContext, { id }: Run, format: ExportFormat): string {
  const own = new Set(registry.exports.list(id).map(({ path }) => dirname(path)))
  const taken = (name: string): boolean =>
    existsSync(join(home.exports, name)) && !own.has(join(home.exports, name))
  return join(home.exports, freeName(`${id}-${format}`, taken))
}

/** Images that the network was not trained on, spread over the classes. */
function sampleImages({ registry }: JobContext, run: Run): readonly string[] {
  if (run.dataset === null) return []
  const manifest = registry.datasets.manifest(run.dataset)
  const unseen = manifest.images.filter(({ split }) => split !== 'train')
  const step = Math.max(1, unseen.length / sampleCount)
  const count = Math.min(sampleCount, unseen.length)
  return Array.from({ length: count }, (_, index) => imagePath(manifest, unseen[Math.floor(index * step)]!))
}

/** Changed files among the images that the certificate is about. */
async function changedSamples(
  context: JobContext,
  run: Run,
  samples: readonly string[],
): Promise<ChangedFiles | null> {
  if (run.dataset === null) return null
  const dataset = context.registry.datasets.get(run.dataset)
  const manifest = context.registry.datasets.manifest(dataset.id)
  const paths = new Set(samples)
  return noticeChanged(context, dataset, manifest, (image) => paths.has(imagePath(manifest, image)))
}

function checkFormat(format: string): ExportFormat {
  const known = exportFormats.find((name) => name === format)
  if (known) return known
  throw new StudioError('unknown-format', { format, formats: exportFormats })
}
