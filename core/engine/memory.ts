import { elementCount } from '../base/tensor.ts'
import { liveBytes } from '../graph/liveness.ts'
import { gradientName } from '../graph/names.ts'
import { passesFor, type Runner } from '../graph/passes/index.ts'
import { factorNames } from '../graph/passes/linearFactors.ts'
import { inferenceGraph, trainingGraph } from '../graph/step.ts'
import { parameters as parametersOf } from '../network/parameters.ts'
import { trainingMemory } from '../network/trainingMemory.ts'
import type { Split } from '../network/split.ts'
import type { Network } from '../network/types.ts'
import type { MemoryEstimate } from './types.ts'

/**
 * What an engine takes beside what any engine has to hold. Where it says `measured`, the numbers come from
 * test/reference/trainingMemory.ts, which gives them again after an engine has changed.
 */
export interface MemoryModel {
  /** Bytes of the program itself, before there is a network. */
  readonly base: number
  /** Whether it makes the gradients of linear layers; else the update multiplies their factors on its way. */
  readonly linearGradients: boolean
  /** Copies of the weights besides the weights, their gradients and their momentum. */
  readonly copies: number
  /** Copies of the weights that are transformed for convolutions: their transforms, and those of their gradients. */
  readonly transforms: number
  /** Part of what activations take in 32-bit floats. */
  readonly activations: number
  /** Copies of the weights in all while it starts or updates them, which for few images is the worst moment. */
  readonly outside: number
  /** Share of the activations (see graph/liveness.ts) on top of them: scratch memory, and what is not freed at once. */
  readonly scratch: number
  /** The same for a network with batch normalization. */
  readonly normalized: number
  /** Share of the activations on top where branches are joined: what is ready runs, whatever the graph's order. */
  readonly branched: number
  /** Further copies where an update consists of several micro-batches. */
  readonly accumulating: number
  /** Further copies at an epoch's end, and a part of the activations: checkpoint's state, network that validates. */
  readonly epochEnd: { readonly copies: number; readonly activations: number }
  /** Further copies of the weights where features are computed once, and what decodes images meanwhile. */
  readonly featureCopies: number
}

export interface TrainingLoad {
  /** Whose graph it is. */
  readonly runner: Runner
  readonly microBatch: number
  /** Whether an update consists of several micro-batches. */
  readonly accumulates: boolean
  /** Bytes of the weights that are transformed for convolutions; default 0. */
  readonly transformed?: number
  /** Bytes of the largest scratch that a single operation takes beside what the graph holds; default 0. */
  readonly operation?: number
}

/** Bytes that training takes by a model, in full and what for. */
export function estimateMemory(
  model: MemoryModel,
  network: Network,
  { runner, microBatch, accumulates, transformed = 0, operation = 0 }: TrainingLoad,
): MemoryEstimate {
  const { parameters, momentum, ...least } = trainingMemory(network, microBatch)
  const activations = Math.round(model.activations * activationsOf(network, runner, microBatch))
  const gradients = least.gradients - (model.linearGradients ? 0 : linearWeights(network))
  const held = parameters + gradients + momentum + activations
  const copies = model.copies + (accumulates ? model.accumulating : 0)
  const isNormalized = network.layers.some(({ kind }) => kind === 'batchNorm')
  const isBranched = network.layers.some(({ kind }) => kind === 'concat')
  const scratch = (isNormalized ? model.normalized : model.scratch) + (isBranched ? model.branched : 0)
  const stepping =
    model.base + copies * parameters + model.transforms * transformed + scratch * activations + operation
  const outside = model.base + (model.outside + (accumulates ? model.accumulating : 0)) * parameters - held
  const workspace = Math.round(Math.max(stepping, outside))
  const epochEnd = Math.round(model.epochEnd.copies * parameters + model.epochEnd.activations * activations)
  return {
    ...{ parameters, gradients, momentum, activations, workspace, epochEnd },
    step: held + workspace,
    total: held + workspace + epochEnd,
  }
}

/** Bytes that computing features takes, and training a head on them, which takes less. */
export function estimateFeatureMemory(
  { base, featureCopies }: MemoryModel,
  { trunk, head }: Split,
  microBatch: number,
): MemoryEstimate {
  const [before, { parameters: own, gradients, momentum }] = [
    trainingMemory(trunk, 1),
    trainingMemory(head, 1),
  ]
  const parameters = before.parameters + own
  const activations = liveBytes(inferenceGraph(trunk), microBatch)
  const workspace = Math.round(base + featureCopies * parameters)
  const step = parameters + gradients + momentum + activations + workspace
  return {
    parameters,
    gradients,
    momentum,
    activations,
    workspace,
    epochEnd: parameters,
    step,
    total: step + parameters,
  }
}

/** Bytes of what the graph that is really run holds at its worst moment; gradients of parameters lie apart. */
function activationsOf(network: Network, runner: Runner, images: number): number {
  const parts = new Set(parametersOf(network).flatMap(({ name }) => Object.values(factorNames(name))))
  const isGradient = (output: string): boolean => output.startsWith(gradientName('')) && !parts.has(output)
  return liveBytes(trainingGraph(network, new Set(), passesFor[runner]), images, isGradient)
}

/** Bytes. */
function linearWeights(network: Network): number {
  const linear = new Set(network.layers.filter(({ kind }) => kind === 'linear').map(({ name }) => name))
  return parametersOf(network)
    .filter(({ layer, role }) => role === 'weight' && linear.has(layer))
    .reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0)
}
