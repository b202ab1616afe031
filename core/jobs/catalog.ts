import { basename } from 'node:path'
import * as z from 'zod'
import { StudioError } from '../base/errors.ts'
import { expectation } from '../base/issues.ts'
import { splits } from '../dataset/types.ts'
import { protocolFields } from '../evaluation/protocol.ts'
import { findInstallable } from '../engine/installables.ts'
import { engineNames, precisions } from '../engine/types.ts'
import { tableNames, type TableResult } from '../evaluation/tables.ts'
import { defaultConfig, type Config } from '../network/architectures/names.ts'
import type { Run } from '../registry/types.ts'
import type { JobContext, WorkContext } from './context/context.ts'
import type { HomeContext } from './context/home.ts'
import { exportFormats, preprocessingPlaces } from '../export/formatNames.ts'
import { checkpoint, correction, correctionChange, path, seed, share } from './entry/fields.ts'
import type { InstallInput, InstallResult } from './install.ts'
import type { UninstallInput, UninstallResult } from './uninstall.ts'
import type { CalibrateInput, CalibrationOrder } from './calibrate.ts'
import type { RunTemperature } from './statistics/temperatures.ts'
import type { EnsembleInput, RecordedEnsemble, EnsembleOrder } from './ensemble.ts'
import type { EvaluateResult, EvaluationOrder } from './evaluate.ts'
import type { EvaluateInput } from './evaluation/evaluateInput.ts'
import { weightTypes } from '../graph/tensorflow/packedWeights.ts'
import type { ExportedRun, ExportInput, ExportOrder } from './export.ts'
import type { ImportInput, ImportReport, ImportOrder } from './import.ts'
import { removeLeftovers } from './context/leftovers.ts'
import type {
  DescribeContext,
  Finished,
  JobDescription,
  JobEntry,
  JobProduct,
  TrainingEntry,
  WorkEntry,
} from './entry/jobEntry.ts'
import type { PlanInput, PlanResult } from './plan.ts'
import type { PredictInput, PredictResult, PredictionOrder } from './predict.ts'
import type { DifferenceInput, DifferenceResult, DifferenceOrder } from './difference.ts'
import type { RelocateInput, RelocateResult, RelocationOrder } from './relocate.ts'
import type { TableOrder } from './table.ts'
import type { TableInput } from './evaluation/tableNumbers.ts'
import type { ResumeInput } from './resume.ts'
import type { TrainInput } from './training/prepare.ts'
import type { WaitingRun } from './training/prepared.ts'
import type { TrainResult } from './training/runTraining.ts'
import type { GetWeightsInput } from './getWeights.ts'
import type { ImportWeightsInput, WeightsResult, ImportWeightsOrder } from './importWeights.ts'

const integer = z.int().min(0)
const reference = z.string().min(1).max(10_000)
const execution = {
  engine: z.enum(['auto', ...engineNames]).optional(),
  device: z.string().min(1).max(100).optional(),
  precision: z.enum(['auto', ...precisions]).optional(),
}
/** What an evaluation looks at, and how. */
const protocol = {
  split: z.enum(splits).optional(),
  checkpoint: checkpoint.optional(),
  ...protocolFields,
  dataset: reference.optional(),
  ...execution,
}
const limits = z.strictObject({ pixels: integer, bytes: integer, seconds: integer })
const splitting = { validation: share, test: share, seed }

/** Both make the compiler check that an entry's parts fit one another. */
const job = <Input, Order, Result>(entry: WorkEntry<Input, Order, Result>): WorkEntry<Input, Order, Result> =>
  entry
const training = <Input, Result>(entry: TrainingEntry<Input, Result>): TrainingEntry<Input, Result> => entry

/** For jobs whose input is all that they need. */
const asGiven = async <Input>(_: HomeContext, input: Input): Promise<Input> => input

export const catalog = {
  import: job<ImportInput, ImportOrder, ImportReport>({
    input: z.strictObject({
      source: path,
      name: z.string().min(1).optional(),
      ...z.object(splitting).partial().shape,
      limit: z.int().min(1).exactOptional(),
      limits: limits.exactOptional(),
      corrections: z.array(correctionChange).optional(),
      within: z.array(path).optional(),
    }),
    order: async (context, input) => (await import('./import.ts')).orderImport(context, input),
    work: async (context, order) => (await import('./import.ts')).workImport(context, order),
    describe: ({ source, name }) => ({
      ...nothing,
      title: { code: 'job-import', values: { name: name ?? basename(source) } },
      lane: 'import',
    }),
    made: ({ dataset }) => [{ what: 'dataset', id: dataset, change: 'created' }],
  }),
  relocate: job<RelocateInput, RelocationOrder, RelocateResult>({
    input: z.strictObject({ dataset: reference, folder: path }),
    order: async (context, input) => (await import('./relocate.ts')).orderRelocation(context, input),
    work: async (context, order) => (await import('./relocate.ts')).workRelocation(context, order),
    describe({ dataset, folder }, { registry }) {
      const { id, name } = registry.datasets.get(dataset)
      const title = { code: 'job-relocate', values: { name, folder: basename(folder) } } as const
      return { title, lane: 'import', run: null, dataset: id }
    },
    made: ({ dataset, changed }) => [
      { what: 'dataset', id: dataset, change: changed ? 'created' : 'updated' },
    ],
  }),
  difference: job<DifferenceInput, DifferenceOrder, DifferenceResult>({
    input: z.strictObject({
      dataset: reference,
      folder: path.optional(),
      contents: z.boolean().optional(),
      within: z.array(path).optional(),
    }),
    order: async (context, input) => (await import('./difference.ts')).orderDifference(context, input),
    work: async (context, order) => (await import('./difference.ts')).workDifference(context, order),
    describe({ dataset }, { registry }) {
      const { id, name } = registry.datasets.get(dataset)
      const title = { code: 'job-difference', values: { name } } as const
      return { title, lane: 'import', run: null, dataset: id }
    },
    made: ({ dataset }) => [{ what: 'dataset', id: dataset, change: null }],
  }),
  train: training<TrainInput, TrainResult>({
    input: z.strictObject({
      dataset: reference,
      name: z.string().min(1).optional(),
      recipe: z.unknown(),
      like: reference.optional(),
      skipTrials: z.boolean().optional(),
      import: z
        .strictObject({
          ...splitting,
          limit: z.int().min(1).exactOptional(),
          limits: limits.exactOptional(),
          corrections: z.array(correction).exactOptional(),
        })
        .optional(),
    }),
    check: async ({ recipe }) => void (await import('../training/recipe.ts')).parseRecipe(recipe),
    run: async (context, input) => (await import('./train.ts')).trainRun(context, input),
    prepare: async (context, input) => (await import('./train.ts')).prepareTraining(context, input),
    describe({ dataset, recipe, name }, context) {
      const { network, execution: where } = (recipe ?? {}) as RecipeParts
      const known = context.registry.datasets.find(dataset)
      const config = network?.config ?? defaultConfig(network)
      const values = { config, dataset: known?.name ?? basename(dataset), name: name ?? null }
      const title = { code: 'job-train', values } as const
      return { title, lane: laneOf(where?.device, context), run: null, dataset: known?.id ?? null }
    },
    made: madeByTraining,
  }),
  resume: training<ResumeInput, TrainResult>({
    input: z.strictObject({ run: reference }),
    run: async (context, input) => (await import('./resume.ts')).resumeRun(context, input),
    prepare: async (context, input) => (await import('./resume.ts')).prepareResuming(context, input),
    describe: ({ run }, context) => onDeviceOf('job-resume', context.registry.runs.get(run), context),
    made: madeByTraining,
  }),
  plan: training<PlanInput, PlanResult>({
    input: z.strictObject({ plan: reference }),
    run: async (context, input) => (await import('./plan.ts')).runPlan(context, input),
    prepare: async (context, input) => (await import('./plan.ts')).preparePlan(context, input),
    hasFurtherTrainings: true,
    describe({ plan: reference }, context) {
      const { id: plan, name, kind, dataset, steps } = context.registry.plans.get(reference)
      const title = { code: 'job-plan', values: { name, kind, trainings: steps.length } } as const
      const { execution: where } = (steps[0]?.recipe ?? {}) as RecipeParts
      return { title, lane: laneOf(where?.device, context), run: null, dataset, plan }
    },
    made: ({ plan, runs }) => [
      { what: 'plan', id: plan, change: 'updated' },
      ...runs.slice(-1).map((id): JobProduct => ({ what: 'run', id, change: 'updated' })),
    ],
  }),
  evaluate: job<EvaluateInput, EvaluationOrder, EvaluateResult>({
    input: z.strictObject({ run: reference, ...protocol }),
    order: async (context, input) => (await import('./evaluate.ts')).orderEvaluation(context, input),
    work: async (context, order) => (await import('./evaluate.ts')).workEvaluation(context, order),
    describe: ({ run, device }, context) =>
      onDeviceOf('job-evaluate', context.registry.runs.get(run), context, device),
    made: ({ evaluation, run, dataset }) => [
      { what: 'evaluation', id: evaluation, change: 'created' },
      { what: 'run', id: run, change: 'updated' },
      { what: 'dataset', id: dataset, change: null },
    ],
  }),
  calibrate: job<CalibrateInput, CalibrationOrder, RunTemperature>({
    input: z.strictObject({
      run: reference,
      checkpoint: z.string().min(1).optional(),
      like: reference.optional(),
      ...execution,
    }),
    order: async (context, input) => (await import('./calibrate.ts')).orderCalibration(context, input),
    work: async (context, order) => (await import('./calibrate.ts')).workCalibration(context, order),
    describe: ({ run, device }, context) =>
      onDeviceOf('job-calibrate', context.registry.runs.get(run), context, device),
    made: ({ evaluation, run }) => [
      { what: 'evaluation', id: evaluation, change: 'created' },
      { what: 'run', id: run, change: 'updated' },
    ],
  }),
  table: job<TableInput, TableOrder, TableResult>({
    input: z.strictObject({
      runs: z.array(reference).min(1).max(100),
      table: z.enum(tableNames).optional(),
      together: z.boolean().optional(),
      ...protocol,
    }),
    order: async (context, input) => (await import('./table.ts')).orderTable(context, input),
    work: async (context, order) => (await import('./table.ts')).workTable(context, order),
    describe({ runs, table, device }, context) {
      const known = runs.map((run) => context.registry.runs.get(run))
      const { lane } = onDeviceOf('job-evaluate', known[0]!, context, device)
      const values = { table: table?.slice(-1) ?? null, runs: known.map(({ name }) => name) }
      return { ...nothing, title: { code: 'job-table', values }, lane }
    },
    made: ({ rows }) =>
      rows.flatMap(({ runs }) => runs.map((id): JobProduct => ({ what: 'run', id, change: 'updated' }))),
  }),
  ensemble: job<EnsembleInput, EnsembleOrder, RecordedEnsemble>({
    input: z.strictObject({
      members: z
        .array(z.string().regex(/^e\d+$/))
        .min(2)
        .max(100),
    }),
    order: async (context, input) => (await import('./ensemble.ts')).orderEnsemble(context, input),
    work: async (context, order) => (await import('./ensemble.ts')).workEnsemble(context, order),
    describe({ members }, { registry }) {
      const runs = members.map((id) => registry.runs.get(registry.evaluations.get(id).run).name)
      return { ...nothing, title: { code: 'job-ensemble', values: { runs } }, lane: 'ensemble' }
    },
    made: ({ ensemble }) => [{ what: 'ensemble', id: ensemble, change: 'created' }],
  }),
  predict: job<PredictInput, PredictionOrder, PredictResult>({
    input: z.strictObject({
      run: reference,
      images: z.array(path),
      calibrated: z.boolean().optional(),
      unlike: z.boolean().optional(),
      checkpoint: checkpoint.optional(),
      ...execution,
    }),
    order: async (context, input) => (await import('./predict.ts')).orderPrediction(context, input),
    work: async (context, order) => (await import('./predict.ts')).workPrediction(context, order),
    describe: ({ run }, { registry }) => beside('predict', 'job-predict', registry.runs.get(run)),
    made: ({ run }) => [{ what: 'run', id: run, change: 'updated' }],
  }),
  export: job<ExportInput, ExportOrder, ExportedRun>({
    input: z.strictObject({
      run: reference,
      format: z.enum(exportFormats),
      preprocessing: z.enum(preprocessingPlaces).optional(),
      dense: z.boolean().optional(),
      batch: z.int().min(1).max(1024).optional(),
      weights: z.enum(weightTypes).optional(),
      out: path.optional(),
      overwrite: z.boolean().optional(),
      calibrated: z.boolean().optional(),
      checkpoint: checkpoint.optional(),
      ...execution,
    }),
    order: async (context, input) => (await import('./export.ts')).orderExport(context, input),
    work: async (context, order) => (await import('./export.ts')).workExport(context, order),
    describe: ({ run }, { registry }) => beside('export', 'job-export', registry.runs.get(run)),
    made: ({ export: made, run }) => [
      { what: 'export', id: made, change: 'created' },
      { what: 'run', id: run, change: 'updated' },
    ],
  }),
  install: job<InstallInput, InstallInput, InstallResult>({
    input: z.strictObject({ name: z.string(), variant: z.string().optional() }),
    order: asGiven,
    work: async (context, input) => (await import('./install.ts')).installEngine(context, input),
    describe: ({ name }) => ({
      ...nothing,
      title: { code: 'job-install', values: { name: findInstallable(name).title } },
      lane: 'engines',
    }),
    made: () => [],
  }),
  uninstall: job<UninstallInput, UninstallInput, UninstallResult>({
    input: z.strictObject({ name: z.string() }),
    order: asGiven,
    work: async (context, input) => (await import('./uninstall.ts')).uninstallEngine(context, input),
    describe: ({ name }) => ({
      ...nothing,
      title: { code: 'job-uninstall', values: { name: findInstallable(name).title } },
      lane: 'engines',
    }),
    made: () => [],
  }),
  getWeights: job<GetWeightsInput, GetWeightsInput, WeightsResult>({
    input: z.strictObject({ name: z.string().min(1).max(100) }),
    order: asGiven,
    work: async (context, input) => (await import('./getWeights.ts')).getWeights(context, input),
    describe: ({ name }) => ({
      ...nothing,
      title: { code: 'job-get-weights', values: { name } },
      lane: 'weights',
    }),
    made: () => [],
  }),
  importWeights: job<ImportWeightsInput, ImportWeightsOrder, WeightsResult>({
    input: z.strictObject({
      source: path,
      name: z.string().min(1).max(100).optional(),
      preprocessing: z.string().min(1).max(100).optional(),
      dataset: reference.optional(),
      convolutionsOnly: z.boolean().optional(),
      license: z.string().min(1).max(1000).optional(),
    }),
    order: async (context, input) => (await import('./importWeights.ts')).orderImportWeights(context, input),
    work: async (context, order) => (await import('./importWeights.ts')).workImportWeights(context, order),
    describe: ({ source, name }) => ({
      ...nothing,
      title: { code: 'job-import-weights', values: { name: name ?? basename(source) } },
      lane: 'weights',
    }),
    made: () => [],
  }),
} as const

export type JobKind = keyof typeof catalog
export const jobKinds = Object.keys(catalog) as [JobKind, ...JobKind[]]

type Catalog = typeof catalog

/** Plain JSON, by kind. */
export type JobInputs = { readonly [Kind in JobKind]: Catalog[Kind]['input']['_output'] }
export type JobResults = { readonly [Kind in JobKind]: Parameters<Catalog[Kind]['made']>[0] }

/** The entry of a kind that is known at run time only; its input has been checked by `jobInput`. */
export const entryOf = (kind: JobKind): JobEntry => catalog[kind] as unknown as JobEntry

/** The entry of a job that trains: training can pause, and saves when it is stopped. Null for others. */
export function trainingEntryOf(kind: JobKind): TrainingEntry<unknown, unknown> | null {
  const entry = entryOf(kind)
  return 'prepare' in entry ? entry : null
}

/** Whether it trains. */
export const trains = (kind: JobKind): boolean => trainingEntryOf(kind) !== null

function workOf(kind: JobKind): WorkEntry<unknown, unknown, unknown> {
  const entry = entryOf(kind)
  if ('work' in entry) return entry
  throw new Error('Trainings have processes of their own')
}

/** Checks a job's input. @throws StudioError `invalid-request`, naming the first field that does not fit */
export function jobInput(kind: JobKind, input: unknown): JobInputs[JobKind] {
  const parsed = entryOf(kind).input.safeParse(input)
  if (parsed.success) return parsed.data as JobInputs[JobKind]
  const [issue] = parsed.error.issues
  const where = [kind, ...issue!.path].join('.')
  throw new StudioError('invalid-request', { what: 'job', field: where, expected: expectation(issue!) })
}

/** Runs a job in this process. */
export async function runHere<Kind extends JobKind>(
  kind: Kind,
  context: JobContext,
  input: JobInputs[Kind],
): Promise<JobResults[Kind]> {
  const training = trainingEntryOf(kind)
  if (!training)
    return workHere(kind, context, await orderHere(kind, context, input)) as Promise<JobResults[Kind]>
  await removeLeftovers(context.home)
  return training.run(context, input) as Promise<JobResults[Kind]>
}

/** What another process needs to work on a job. @throws StudioError */
export const orderHere = async (kind: JobKind, context: HomeContext, input: unknown): Promise<unknown> =>
  workOf(kind).order(context, input)

/** Works on a job whose order is made. @throws StudioError */
export async function workHere(kind: JobKind, context: WorkContext, order: unknown): Promise<unknown> {
  await removeLeftovers(context.home)
  return workOf(kind).work(context, order)
}

/** Makes a training ready for another process. */
export async function prepareHere(
  kind: JobKind,
  context: JobContext,
  input: unknown,
): Promise<WaitingRun | Finished<unknown>> {
  await removeLeftovers(context.home)
  return trainingEntryOf(kind)!.prepare(context, input)
}

interface RecipeParts {
  readonly network?: { readonly config?: Config }
  readonly execution?: { readonly device?: string }
}

/** Titles that are made of a run's name. */
type TitleOfRun = 'job-resume' | 'job-evaluate' | 'job-calibrate' | 'job-predict' | 'job-export'

const nothing = { run: null, dataset: null } as const

function laneOf(device: string | undefined, { preferredDevice }: DescribeContext): string {
  return device === undefined || device === 'auto' ? preferredDevice() : device
}

/** A job that computes on the device of its run, or on one that was asked for. */
function onDeviceOf(code: TitleOfRun, run: Run, context: DescribeContext, device?: string): JobDescription {
  const { id, name, dataset, recipe } = run
  const lane = laneOf(device ?? (recipe as RecipeParts).execution?.device, context)
  return { title: { code, values: { name } }, lane, run: id, dataset }
}

/** A short and light job: it need not wait for the training that may fill a device for days. */
function beside(lane: string, code: TitleOfRun, { id, name, dataset }: Run): JobDescription {
  return { title: { code, values: { name } }, lane, run: id, dataset }
}

function madeByTraining({ run, dataset }: TrainResult): readonly JobProduct[] {
  return [
    { what: 'run', id: run, change: 'updated' },
    { what: 'dataset', id: dataset, change: null },
  ]
}
