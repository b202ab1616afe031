import { StudioError, type ErrorValues } from '../base/errors.ts'
import { expectation } from '../base/issues.ts'
import type { Tensor, Tensors } from '../base/tensor.ts'
import type { Statistics } from '../dataset/types.ts'
import type { State } from '../engine/types.ts'
import { initialize } from '../network/initialize.ts'
import { parameters } from '../network/parameters.ts'
import { buildNetwork, initialScheme } from '../network/architectures/index.ts'
import type { Attribution } from '../weights/entry.ts'
import {
  readSafetensors,
  readSafetensorsMetadata,
  readSafetensorsPart,
  writeSafetensors,
} from '../weights/safetensors.ts'
import {
  headerFormat,
  headerSchema,
  headerVersion,
  zeroSums,
  type CheckpointHeader,
} from './checkpointHeader.ts'
import {
  dynamicsIn,
  dynamicsNames,
  dynamicsTensors,
  isDynamicsTensor,
  type ImageDynamics,
} from './imageDynamics.ts'
import { frozenLayers } from './layers.ts'
import { normalizationOf } from './preprocessing.ts'
import { networkOptions, type Recipe } from './recipe.ts'
import { initialScheduleState } from './schedule.ts'

/**
 * A run at a moment between two updates, with everything that resuming exactly takes, and everything that evaluating,
 * predicting and exporting take. One safetensors file: weights under their names, momentum under
 * `momentum/<name>`, what it knows of each training image under `images/`, the header as JSON in the metadata's
 * `checkpoint`.
 */
export interface Checkpoint extends CheckpointHeader {
  readonly state: State
  /** Before the first save, and in those of earlier versions, there are none. */
  readonly dynamics?: ImageDynamics | undefined
}

export interface StartInput {
  readonly recipe: Recipe
  readonly classes: readonly string[]
  readonly statistics: Statistics
  /** Instead of random initialization (recipe.initialization.kind): transferred or imported weights. */
  readonly weights?: Tensors
  /** Attribution of the weights that the run starts from, where they require one. */
  readonly attribution?: Attribution | undefined
  /** Identity of the run. */
  readonly run?: string | null
}

/** The checkpoint from which a new run starts: nothing done yet. @throws StudioError `invalid-option` */
export function startCheckpoint({
  recipe,
  classes,
  statistics,
  weights,
  attribution,
  run = null,
}: StartInput): Checkpoint {
  const network = networkOptions(recipe, classes.length)
  return {
    format: headerFormat,
    version: headerVersion,
    run,
    recipe,
    network,
    classes,
    normalization: normalizationOf(recipe, statistics),
    statistics,
    position: { epoch: 0, imagesDone: 0, step: 0 },
    schedule: initialScheduleState,
    sums: zeroSums,
    microBatch: null,
    threads: null,
    execution: null,
    images: null,
    best: null,
    epochs: [],
    ...(attribution && { attribution }),
    state: {
      weights:
        weights ??
        initialize(buildNetwork(network), initialScheme(network, recipe.initialization.kind), recipe.seed),
      momentum: new Map(),
    },
  }
}

/**
 * Writes atomically: a reader sees the old file or the whole new one.
 * @throws StudioError `disk-full`
 */
export async function saveCheckpoint(
  path: string,
  { state, dynamics, ...header }: Checkpoint,
): Promise<void> {
  const momentum = [...state.momentum].map(([name, tensor]): [string, Tensor] => [
    `${momentumPrefix}${name}`,
    tensor,
  ])
  const seen = dynamics ? dynamicsTensors(dynamics) : []
  const tensors = new Map([...state.weights, ...momentum, ...seen])
  try {
    await writeSafetensors(path, tensors, { checkpoint: JSON.stringify(header) })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    throw new StudioError('disk-full', { what: 'checkpoint', path }, { cause: error })
  }
}

/**
 * @throws StudioError `invalid-checkpoint` when the file is something else, damaged or does not fit its own network;
 * `newer-version`; and those of readSafetensors
 */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensors(path)
  const header = parseHeader(path, metadata)
  const momentum = [...tensors].filter(([name]) => name.startsWith(momentumPrefix))
  const isWeight = (name: string): boolean => !name.startsWith(momentumPrefix) && !isDynamicsTensor(name)
  const state = {
    weights: new Map([...tensors].filter(([name]) => isWeight(name))),
    momentum: new Map(momentum.map(([name, tensor]) => [name.slice(momentumPrefix.length), tensor])),
  }
  checkTensors(path, header, state)
  const dynamics = dynamicsIn(tensors, header.images?.count)
  return { ...header, state, ...(dynamics && { dynamics }) }
}

/**
 * What a run's training has shown of its images, and how far it was, without reading its weights.
 * @throws as readCheckpointHeader
 */
export async function readDynamics(
  path: string,
): Promise<{ readonly header: CheckpointHeader; readonly dynamics: ImageDynamics | undefined }> {
  const { tensors, metadata } = await readSafetensorsPart(path, new Set(dynamicsNames))
  return { header: parseHeader(path, metadata), dynamics: dynamicsIn(tensors) }
}

/** Without reading the tensors. @throws as loadCheckpoint */
export async function readCheckpointHeader(path: string): Promise<CheckpointHeader> {
  return parseHeader(path, await readSafetensorsMetadata(path))
}

const momentumPrefix = 'momentum/'

function parseHeader(path: string, metadata: Readonly<Record<string, string>>): CheckpointHeader {
  const value = parseJson(metadata['checkpoint'])
  if (value?.format !== headerFormat) throw invalid({ path, fault: 'foreign' })
  if (typeof value.version === 'number' && value.version > headerVersion) {
    throw new StudioError('newer-version', { what: 'checkpoint', path })
  }
  const result = headerSchema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw invalid({ path, fault: 'field', field: issue.path.join('.'), expected: expectation(issue) })
}

function parseJson(text: string | undefined): { format?: unknown; version?: unknown } | null {
  try {
    return text === undefined ? null : (JSON.parse(text) as { format?: unknown } | null)
  } catch {
    return null
  }
}

function checkTensors(path: string, header: CheckpointHeader, state: State): void {
  const network = buildNetwork(header.network)
  const frozen = new Set(frozenLayers(network, header.recipe.optimization))
  for (const { name, layer, shape, trainable } of parameters(network)) {
    if (!hasShape(state.weights.get(name), shape)) {
      throw invalid({ path, fault: 'tensor', name, shape })
    }
    // Before the first update there is none.
    const moves = trainable && !frozen.has(layer) && header.position.step > 0
    if (moves && !hasShape(state.momentum.get(name), shape)) {
      throw invalid({ path, fault: 'momentum', name })
    }
  }
}

function hasShape(tensor: Tensor | undefined, shape: readonly number[]): boolean {
  return tensor?.shape.join() === shape.join()
}

function invalid(fault: ErrorValues<'invalid-checkpoint'>): StudioError {
  return new StudioError('invalid-checkpoint', fault)
}
