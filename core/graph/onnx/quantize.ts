import { aroundNetwork } from './aroundNetwork.ts'
import { levelsOf, signedWeights, wholeBias, type Levels, type ValueRange } from './eightBits.ts'
import { floatsOf } from './foldBatchNorm.ts'
import { node, type QuantizationPlan } from './planQuantization.ts'
import { dataTypes, type OnnxModel, type OnnxNode, type OnnxTensor } from './schema.ts'

/**
 * The model in 8 bits: unsigned activations with levels over their ranges, signed weights with a scale for each output
 * channel, biases in 32 bits.
 * @param ranges of `observedNames`
 * @param reduceRange weights in 7 bits, for x86 processors without VNNI, which add two products in 16 bits
 */
export function quantizedModel(
  { model, activations, layers, cut }: QuantizationPlan,
  ranges: ReadonlyMap<string, ValueRange>,
  { reduceRange }: { readonly reduceRange: boolean },
): OnnxModel {
  const tensors = new Map(model.initializers.map((one) => [one.name, one]))
  const levels = (name: string): Levels => levelsOf(ranges.get(activations.get(name)!)!)
  const nodes: OnnxNode[] = []
  const initializers = new Map<string, OnnxTensor>()
  const keep = (
    name: string,
    data_type: number,
    dims: readonly number[],
    values: ArrayBufferView,
  ): string => {
    const { buffer, byteOffset, byteLength } = values
    initializers.set(name, {
      name,
      data_type,
      dims,
      raw_data: new Uint8Array(buffer, byteOffset, byteLength),
    })
    return name
  }
  const dequantized = new Set<string>()
  /** The values of an activation as 8 bits hold them. */
  const inEightBits = (name: string): string => {
    if (!activations.has(name)) return name
    if (!dequantized.has(name)) {
      const { scale, zero } = levels(name)
      const numbers = [
        keep(`${name}_scale`, dataTypes.float, [], Float32Array.of(scale)),
        keep(`${name}_zero`, dataTypes.uint8, [], Uint8Array.of(zero)),
      ]
      nodes.push(node('QuantizeLinear', [name, ...numbers], `${name}_quantized`))
      nodes.push(node('DequantizeLinear', [`${name}_quantized`, ...numbers], `${name}_levels`))
      dequantized.add(name)
    }
    return `${name}_levels`
  }
  const wholeNumbers = (
    name: string,
    data_type: number,
    dims: readonly number[],
    values: Int8Array | Int32Array,
    scales: Float32Array,
  ): string => {
    const zeros = data_type === dataTypes.int8 ? new Int8Array(scales.length) : new Int32Array(scales.length)
    const numbers = [
      keep(`${name}_quantized`, data_type, dims, values),
      keep(`${name}_scale`, dataTypes.float, [scales.length], scales),
      keep(`${name}_zero`, data_type, [scales.length], zeros),
    ]
    nodes.push(node('DequantizeLinear', numbers, `${name}_levels`, { axis: 0 }))
    return `${name}_levels`
  }
  const parameters = ([input, weightName, biasName]: readonly string[]): string[] => {
    const { dims, ...weight } = tensors.get(weightName!)!
    const bias = biasName === undefined ? undefined : floatsOf(tensors.get(biasName)!)
    const { scale: inputScale } = levels(input!)
    const limits = { largest: reduceRange ? 64 : 127, bias, inputScale }
    const { values, scales } = signedWeights(floatsOf({ dims, ...weight }), dims[0]!, limits)
    const names = [wholeNumbers(weightName!, dataTypes.int8, dims, values, scales)]
    if (bias === undefined) return names
    const whole = wholeBias(bias, scales, inputScale)
    return [...names, wholeNumbers(biasName!, dataTypes.int32, [bias.length], whole.values, whole.scales)]
  }
  const outside = aroundNetwork(model)
  for (const one of model.nodes) {
    const isCut = one.op_type === 'Relu' && cut.has(one.input[0]!)
    if (isCut) continue
    if (outside.has(one)) {
      nodes.push(one)
      continue
    }
    const [first, ...rest] = one.input.map((name) => inEightBits(name))
    const own = layers.has(one) ? parameters(one.input) : rest
    nodes.push({ ...one, input: [first!, ...own], output: one.output.map((name) => cut.get(name) ?? name) })
  }
  const read = new Set(nodes.flatMap(({ input }) => input))
  const kept = model.initializers.filter(({ name }) => read.has(name))
  const metadata = { ...model.metadata, weight_bits: reduceRange ? '7' : '8' }
  return { ...model, nodes, initializers: [...kept, ...initializers.values()], metadata }
}
