import { dataTypes, type OnnxModel, type OnnxNode, type OnnxTensor } from './schema.ts'

/**
 * Batch normalization that follows a convolution, put into its weights and bias: both are linear in inference. Elsewhere
 * it stays.
 */
export function foldBatchNorm(model: OnnxModel): OnnxModel {
  const tensors = new Map(model.initializers.map((one) => [one.name, one]))
  const makers = new Map(model.nodes.flatMap((node) => node.output.map((name) => [name, node] as const)))
  const reads = new Map<string, number>()
  for (const name of model.nodes.flatMap(({ input }) => input)) reads.set(name, (reads.get(name) ?? 0) + 1)
  const folded = new Map<OnnxNode, OnnxNode>()
  const gone = new Set<OnnxNode>()
  const changed = new Map<string, OnnxTensor>()
  for (const norm of model.nodes) {
    const conv = makers.get(norm.input[0] ?? '')
    if (norm.op_type !== 'BatchNormalization' || conv?.op_type !== 'Conv') continue
    const [source, weightName, biasName] = conv.input as readonly [string, string, string?]
    if (reads.get(conv.output[0]!) !== 1 || reads.get(weightName) !== 1) continue
    const [scale, shift, mean, variance] = norm.input.slice(1).map((name) => floatsOf(tensors.get(name)!))
    const epsilon = norm.attribute.find(({ name }) => name === 'epsilon')!.f!
    const slope = Float64Array.from(
      scale!,
      (value, channel) => value / Math.sqrt(variance![channel]! + epsilon),
    )
    const weight = tensors.get(weightName)!
    const bias = biasName === undefined ? undefined : floatsOf(tensors.get(biasName)!)
    const each = floatsOf(weight).length / slope.length
    const name = biasName ?? `${weightName}_bias`
    changed.set(
      weightName,
      floatTensor(
        weightName,
        weight.dims,
        floatsOf(weight).map((value, index) => value * slope[Math.floor(index / each)]!),
      ),
    )
    changed.set(
      name,
      floatTensor(
        name,
        [slope.length],
        Float32Array.from(
          slope,
          (value, channel) => ((bias?.[channel] ?? 0) - mean![channel]!) * value + shift![channel]!,
        ),
      ),
    )
    folded.set(conv, { ...conv, input: [source, weightName, name], output: norm.output })
    gone.add(norm)
  }
  const nodes = model.nodes.filter((node) => !gone.has(node)).map((node) => folded.get(node) ?? node)
  const read = new Set(nodes.flatMap(({ input }) => input))
  const all = new Map([...tensors, ...changed])
  return { ...model, nodes, initializers: [...all.values()].filter(({ name }) => read.has(name)) }
}

/** Values of a 32-bit tensor; no copy. */
export function floatsOf({ raw_data }: OnnxTensor): Float32Array {
  const { buffer, byteOffset, byteLength } = raw_data!
  return new Float32Array(buffer, byteOffset, byteLength / Float32Array.BYTES_PER_ELEMENT)
}

const floatTensor = (name: string, dims: readonly number[], values: Float32Array): OnnxTensor => ({
  ...{ name, dims, data_type: dataTypes.float },
  raw_data: new Uint8Array(values.buffer),
})
