import { aroundNetwork, entry, exit } from './aroundNetwork.ts'
import { dataTypes, type OnnxModel, type OnnxNode, type OnnxTensor } from './schema.ts'
import { onnxWriter } from './writer.ts'

/**
 * A deployed model whose network computes in half precision: weights take half of the bytes. Inputs and outputs keep their
 * types, and what comes before and behind the network stays in single precision.
 */
export function inHalf(model: OnnxModel): OnnxModel {
  const outside = aroundNetwork(model)
  const inside = new Set(model.nodes.filter((node) => !outside.has(node)))
  const floats = new Map(
    model.initializers.filter(({ data_type }) => data_type === dataTypes.float).map((one) => [one.name, one]),
  )
  const readBy = (nodes: Iterable<OnnxNode>): ReadonlySet<string> =>
    new Set([...nodes].flatMap(({ input }) => input).filter((name) => floats.has(name)))
  const [halved, kept] = [readBy(inside), readBy(outside)]
  const halfName = (name: string): string =>
    name === entry || name === exit || halved.has(name) ? `${name}_half` : name
  const nodes = model.nodes.map((node): OnnxNode => {
    if (!inside.has(node)) return node
    return { ...node, input: node.input.map(halfName), output: node.output.map(halfName) }
  })
  const first = nodes.findIndex(({ input }) => input.includes(halfName(entry)))
  const last = nodes.findIndex(({ output }) => output.includes(halfName(exit)))
  return {
    ...model,
    nodes: [
      ...nodes.slice(0, first),
      cast(entry, halfName(entry), dataTypes.half),
      ...nodes.slice(first, last + 1),
      cast(halfName(exit), exit, dataTypes.float),
      ...nodes.slice(last + 1),
    ],
    initializers: [
      ...model.initializers.filter(({ name }) => !halved.has(name) || kept.has(name)),
      ...[...halved].map((name) => inHalfPrecision(floats.get(name)!, halfName(name))),
    ],
  }
}

function cast(from: string, to: string, type: number): OnnxNode {
  const writer = onnxWriter('standard')
  writer.node('Cast', [from], { to: type })
  return { ...writer.nodes[0]!, name: `Cast_${to}`, output: [to] }
}

function inHalfPrecision({ dims, raw_data }: OnnxTensor, name: string): OnnxTensor {
  const { buffer, byteOffset, byteLength } = raw_data!
  const values = Float16Array.from(new Float32Array(buffer, byteOffset, byteLength / 4))
  return { name, dims, data_type: dataTypes.half, raw_data: new Uint8Array(values.buffer) }
}
