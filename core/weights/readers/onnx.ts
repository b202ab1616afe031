import { elementCount } from '../../base/tensor.ts'
import type { ByteFile } from './bytes.ts'
import { readOnnxFile, type OnnxFile, type OnnxNode } from './onnxFile.ts'
import type { GraphLayer, StoredTensor, WeightsFile } from './types.ts'

/** An ONNX model: its initializers by name, and the layers that its graph is made of. */
export async function readOnnx(file: ByteFile): Promise<WeightsFile> {
  const model = await readOnnxFile(file)
  return {
    path: file.path,
    format: 'onnx',
    layout: 'pytorch',
    tensors: model.initializers,
    metadata: model.metadata,
    graph: graphLayers(model),
    close: () => model.close(),
  }
}

/** Operations that leave values as they are, or that only help to reshape. */
const passing = new Set(
  'Relu Dropout Identity Cast Constant Shape Gather Slice Concat Unsqueeze Squeeze Flatten Reshape Softmax LogSoftmax AveragePool GlobalAveragePool QuantizeLinear DequantizeLinear'.split(
    ' ',
  ),
)

/**
 * The layers with weights from the input on, as far as the graph is a chain of known operations: behind the first
 * unknown one, nothing is certain. ONNX lists nodes in an order in which they can compute.
 */
function graphLayers({ nodes, initializers }: OnnxFile): readonly GraphLayer[] {
  const layers: GraphLayer[] = []
  let pools = 0
  let channelsLast = false
  /** Output of the layer that still lacks a bias. */
  let open: string | null = null
  for (const node of nodes) {
    const layer = layerOf(node, initializers, pools, channelsLast)
    if (layer) {
      layers.push(layer)
      open = 'bias' in layer.tensors ? null : (node.outputs[0] ?? null)
    } else if (node.type === 'Add' && open !== null && node.inputs.includes(open)) {
      const bias = node.inputs.flatMap((name) => initializers.get(name) ?? [])[0]
      const last = layers.pop()!
      if (!bias) return [...layers, last]
      layers.push({ ...last, tensors: { ...last.tensors, bias: flat(bias) } })
      open = null
    } else if (node.type === 'MaxPool') pools++
    else if (node.type === 'Transpose') channelsLast = perm(node) === '0,2,3,1'
    else if (!passing.has(node.type)) return layers
  }
  return layers
}

const perm = (node: OnnxNode): string => (node.attributes.get('perm')?.integers ?? []).join()

function layerOf(
  { type, inputs, attributes }: OnnxNode,
  initializers: ReadonlyMap<string, StoredTensor>,
  pools: number,
  channelsLast: boolean,
): GraphLayer | null {
  const [weight, bias, mean, variance] = inputs.slice(1).map((name) => initializers.get(name))
  if (!weight) return null
  const layer = { transposed: false, channelsLast, pools }
  switch (type) {
    case 'Conv':
      if ((attributes.get('group')?.integer ?? 1) !== 1) return null
      return { ...layer, kind: 'convolution', tensors: { weight, ...(bias && { bias }) } }
    case 'BatchNormalization':
      if (!bias || !mean || !variance) return null
      return {
        ...layer,
        kind: 'batchNorm',
        tensors: { weight, bias, running_mean: mean, running_var: variance },
      }
    case 'Gemm': {
      const scaled = ['alpha', 'beta'].some((name) => (attributes.get(name)?.float ?? 1) !== 1)
      if (scaled) return null
      const transposed = (attributes.get('transB')?.integer ?? 0) === 0
      return { ...layer, kind: 'linear', transposed, tensors: { weight, ...(bias && { bias: flat(bias) }) } }
    }
    case 'MatMul':
      if (weight.shape.length !== 2) return null
      return { ...layer, kind: 'linear', transposed: true, tensors: { weight } }
    default:
      return null
  }
}

/** 1×C×1×1 as C. */
function flat(tensor: StoredTensor): StoredTensor {
  if (tensor.shape.length === 1) return tensor
  const whole = (): Promise<Float32Array> => tensor.rows(0, tensor.shape[0] ?? 1)
  return {
    ...tensor,
    shape: [elementCount(tensor.shape)],
    rows: async (from, to) => (await whole()).subarray(from, to),
  }
}
