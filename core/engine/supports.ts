import { StudioError } from '../base/errors.ts'
import type { Size } from '../graph/ir.ts'
import { passesFor, type Runner } from '../graph/passes/index.ts'
import { trainingGraph } from '../graph/step.ts'
import type { Network } from '../network/types.ts'
import { deviceTitle, engineTitle } from '../messages/names.ts'
import type { Candidate } from './selection/candidates.ts'
import type { Engine, EngineName, Unsupported } from './types.ts'

/**
 * Bytes that a tensor has to stay below. A WebGPU adapter knows how large its buffers may be, but ONNX Runtime does not tell:
 * a gibibyte is a common limit (microsoft/onnxruntime#25195). The software adapter copies half of it, and fails at all.
 */
const tensorLimit: Readonly<Partial<Record<Runner, number>>> = { resident: 2 ** 30 }

/** The first layer whose training, with this many images at once, needs a tensor that the runner can't hold. */
export function unsupportedLayer(network: Network, runner: Runner, images: number): Unsupported | null {
  const most = tensorLimit[runner]
  if (most === undefined) return null
  for (const { layer, outputs, operation } of trainingGraph(network, new Set(), passesFor[runner]).nodes) {
    const bytes = Math.max(...outputs.map(({ shape }) => bytesOf(shape, images)))
    if (bytes < most) continue
    const label = network.layers.find(({ name }) => name === layer)?.label ?? operation.op
    return { layer: label, limit: { kind: 'tensor-size', bytes, most } }
  }
  return null
}

/** A training graph knows all sides. */
const bytesOf = (shape: readonly Size[], images: number): number =>
  shape.reduce<number>((product, size) => product * (typeof size === 'number' ? size : images), 4)

interface EngineDevice {
  readonly engine: EngineName
  readonly device: string
}

/** @throws StudioError `unsupported-layer` where the engine can't train the network there */
export function assertSupported(
  engine: Pick<Engine, 'name' | 'supports'>,
  network: Network,
  device: string,
): void {
  const found = engine.supports(network, { device })
  if (found) throw unsupportedError({ engine: engine.name, device }, found)
}

export function unsupportedError({ engine, device }: EngineDevice, found: Unsupported): StudioError {
  return new StudioError('unsupported-layer', {
    what: 'limit',
    place: `${engineTitle(engine)} ${deviceTitle(device)}`,
    ...found,
  })
}

/** The candidates that can train the network. @throws StudioError `unsupported-layer` where none can */
export function supportedCandidates(
  candidates: readonly Candidate[],
  network: Network,
  find: (name: EngineName) => Pick<Engine, 'supports'>,
): readonly Candidate[] {
  const judged = candidates.map((candidate) => ({
    candidate,
    found: find(candidate.engine).supports(network, { device: candidate.device }),
  }))
  const able = judged.filter(({ found }) => found === null).map(({ candidate }) => candidate)
  const [first] = judged
  if (able.length === 0 && first?.found) throw unsupportedError(first.candidate, first.found)
  return able
}
