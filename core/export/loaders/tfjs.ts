/** Opens model.json with TensorFlow.js, in Node.js or in a browser. Needs nothing else. */
import type { Model, Rules } from './preprocess.ts'

/** The part of TensorFlow.js that is used: of `@tensorflow/tfjs-core` and `@tensorflow/tfjs-converter`, or `@tensorflow/tfjs`. */
export interface Runtime {
  tensor(data: unknown, shape: readonly number[], type: 'float32'): Tensor
  loadGraphModel(source: string | Source): Promise<GraphModel>
}

interface Tensor {
  data(): Promise<unknown>
  dispose(): void
}

interface GraphModel {
  execute(inputs: Record<string, Tensor>, output: string): Tensor
}

/** Where the files of a model come from, if not from an address. */
export interface Source {
  load(): Promise<object>
}

/** The part of model.json that names its other files. */
interface Description {
  readonly weightsManifest: readonly {
    readonly paths: readonly string[]
    readonly weights: readonly object[]
  }[]
}

/** Names of the files with weights, relative to model.json. */
export const weightFiles = (description: string): readonly string[] =>
  (JSON.parse(description) as Description).weightsManifest.flatMap(({ paths }) => paths)

/**
 * A model whose files something else than a server gives.
 * @param description content of model.json
 */
export function sourceOf(description: string, read: (name: string) => Promise<ArrayBuffer>): Source {
  const { weightsManifest, ...rest } = JSON.parse(description) as Description
  return {
    async load() {
      const weightData: ArrayBuffer[] = []
      for (const name of weightsManifest.flatMap(({ paths }) => paths)) weightData.push(await read(name))
      return { ...rest, weightSpecs: weightsManifest.flatMap(({ weights }) => weights), weightData }
    },
  }
}

/**
 * @param tf in a browser `import * as tf from '@tensorflow/tfjs'`, its back end chosen and ready
 * @param model address of model.json, or what gives its files
 * @param rules content of preprocessing.json
 */
export async function openModel(
  tf: Runtime,
  model: string | Source,
  { input, output }: Rules,
): Promise<Model> {
  const graph = await tf.loadGraphModel(model)
  return {
    async run({ data, shape }) {
      const images = tf.tensor(data, shape, 'float32')
      const result = graph.execute({ [input.name]: images }, output.name)
      try {
        return (await result.data()) as Float32Array
      } finally {
        images.dispose()
        result.dispose()
      }
    },
  }
}
