import { parameters } from '../../network/parameters.ts'
import type { Network } from '../../network/types.ts'
import type { Size } from '../ir.ts'
import { inferenceGraph } from '../step.ts'
import { images } from './images.ts'
import { lowerGraph } from './lowerGraph.ts'
import { encodeSavedModel, type Endpoint, type Signatures } from './schema.ts'
import { read, restoring, variable } from './variables.ts'
import { tensorflowWriter, type Computation, type TensorflowWriter } from './writer.ts'

/** A graph as the content of saved_model.pb, with the ways to run it. */
export interface TensorflowModel {
  readonly bytes: Uint8Array
  readonly signatures: Signatures
}

export interface PredictionModelOptions {
  readonly computation: Computation
  readonly anySize: boolean
  /** The device (`/device:GPU:1`) of all of it; '' leaves the choice to TensorFlow. */
  readonly place: string
}

/**
 * The network forward. Signatures: `restore` (each parameter by its canonical name and layout; any of them alone) and
 * `predict` (`images` N×3×H×W → `logits` N×K).
 */
export function predictionModel(network: Network, options: PredictionModelOptions): TensorflowModel {
  const writer = tensorflowWriter()
  const signatures = writer.on(options.place, () => predictionSignatures(writer, network, options))
  return { bytes: encodeSavedModel(writer.nodes, signatures), signatures }
}

function predictionSignatures(
  writer: TensorflowWriter,
  network: Network,
  { computation, anySize }: PredictionModelOptions,
): Signatures {
  const graph = inferenceGraph(network, anySize)
  const normalizing = new Set(
    network.layers.flatMap(({ kind, name }) => (kind === 'batchNorm' ? [name] : [])),
  )
  const variables = new Map(
    parameters(network).map(({ name, layer, shape }) => {
      const type = normalizing.has(layer) ? 'float' : computation
      return [name, variable(writer, `weights/${name}`, { type, shape })]
    }),
  )
  const restores = [...variables].map(([name, own]) => ({ name, ...restoring(writer, name, own) }))
  const source = images(writer, 'images', anySize ? [-1, 3, -1, -1] : [-1, ...network.input], computation)
  const sources = {
    input: () => source.tensor,
    parameter: (name: string) => read(writer, variables.get(name)!),
  }
  const logits = lowerGraph({ writer, sources, computation }, graph).get('logits')!
  const output: Endpoint = {
    tensor: writer.cast(logits, 'float'),
    type: 'float',
    shape: logits.shape.map(known),
  }
  return {
    restore: {
      inputs: Object.fromEntries(restores.map(({ name, input }) => [name, input])),
      outputs: Object.fromEntries(restores.map(({ name, output: done }) => [name, done])),
    },
    predict: { inputs: { images: source.endpoint }, outputs: { logits: output } },
  }
}

const known = (size: Size): number => (typeof size === 'number' ? size : -1)
