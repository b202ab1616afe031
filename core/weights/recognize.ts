import { StudioError } from '../base/errors.ts'
import { parameters } from '../network/parameters.ts'
import { vggConfigs, type Network, type VggConfig, type VggOptions } from '../network/types.ts'
import { buildVgg, vggDefaults } from '../network/vgg.ts'
import { caffeNaming } from './naming/caffe.ts'
import { graphNaming } from './naming/graph.ts'
import { kerasNaming } from './naming/keras.ts'
import { pytorchNaming } from './naming/pytorch.ts'
import { parts, type Part, type SourceLayer, type SourceLayers } from './naming/types.ts'
import type { StoredTensor, WeightsFile } from './readers/types.ts'

/** A tensor of the network, and where in the file it comes from. */
export interface Piece {
  /** Canonical: `features.0.weight`. */
  readonly name: string
  readonly shape: readonly number[]
  readonly part: Part
  readonly source: StoredTensor
  readonly layer: SourceLayer
  /** Channels and side of what a linear layer reads flattened; null for all others. */
  readonly flattened: { readonly channels: number; readonly side: number } | null
}

export type NamingName = 'pytorch' | 'keras' | 'caffe' | 'graph'

/** What a file's weights are. */
export interface Recognized {
  readonly naming: NamingName
  /** Without a classifier of ours, its classes are 2 and its FC layers as wide as usual: nothing was there to tell. */
  readonly network: VggOptions
  /** Of the convolutions, and of the classifier where it is one of three FC layers. */
  readonly pieces: readonly Piece[]
  /** `foreign`: there are layers behind the convolutions, but not three FC layers as ours. */
  readonly classifier: 'present' | 'absent' | 'foreign'
}

/**
 * Finds which network of the VGG family a file holds the weights of: by the number and kernels of its convolutions,
 * their widths, whether batch normalization follows them, and the FC layers' sizes.
 *
 * @throws StudioError `unknown-network` saying what there is instead
 */
export function recognize(file: WeightsFile): Recognized {
  const named = namings(file)
  let nearest: string | null = null
  for (const [naming, layers] of named) {
    const result = match(layers)
    if (typeof result !== 'string') return { naming, ...result }
    nearest ??= result
  }
  throw new StudioError('unknown-network', `${file.path}: ${nearest ?? what(file)}.`, {
    hint: 'Weights of VGG-11, -13, -16 and -19 are known, with and without batch normalization, as torchvision, timm, Keras, Caffe’s converters and ONNX name them.',
  })
}

function namings(file: WeightsFile): [NamingName, SourceLayers][] {
  const all: [NamingName, SourceLayers | null][] = [
    ['pytorch', pytorchNaming(file)],
    ['keras', file.layout === 'keras' ? kerasNaming(file) : null],
    ['caffe', caffeNaming(file)],
    ['graph', file.graph && graphNaming(file.graph)],
  ]
  return all.flatMap(([name, layers]) => (layers ? [[name, layers] as [NamingName, SourceLayers]] : []))
}

function what({ tensors }: WeightsFile): string {
  const names = [...tensors.keys()].slice(0, 3).map((name) => `“${name.slice(0, 80)}”`)
  return `its ${tensors.size} tensors (${names.join(', ')}, …) are of no network that is known here`
}

/** @returns what is different, where it is none of ours */
function match(layers: SourceLayers): Omit<Recognized, 'naming'> | string {
  const { convolutions, norms, linears } = layers
  const kernels = convolutions.map(kernelOf)
  const config = vggConfigs.find((name) => kernelsOf(name).join() === kernels.join())
  if (!config) return `its ${convolutions.length} convolutions (kernels ${kernels.join(', ')}) are of no VGG`
  if (norms.length > 0 && norms.length !== convolutions.length) {
    return `it has ${norms.length} batch normalizations for ${convolutions.length} convolutions`
  }
  const widthMultiplier = outputsOf(convolutions[0]!) / 64
  const features = { ...vggDefaults, config, classes: 2, batchNorm: norms.length > 0, widthMultiplier }
  const head = headOf(linears, outputsOf(convolutions.at(-1)!))
  const options: VggOptions = head ? { ...features, ...head.options } : features
  const network = buildVgg(options)
  const pieces = piecesOf(network, layers, head)
  if (typeof pieces === 'string') return pieces
  const misplaced = poolsDiffer(network, convolutions)
  if (misplaced) return misplaced
  return {
    network: options,
    pieces,
    classifier: head ? 'present' : linears.length > 0 ? 'foreign' : 'absent',
  }
}

const kernelsOf = (config: VggConfig): readonly number[] =>
  buildVgg({ ...vggDefaults, config, classes: 2 }).layers.flatMap((layer) =>
    layer.kind === 'convolution' ? [layer.kernel] : [],
  )

function kernelOf({ tensors: { weight }, layout }: SourceLayer): number {
  return weight.shape[layout.outputsLast ? 0 : 2] ?? 0
}

function outputsOf({ tensors: { weight }, layout }: SourceLayer): number {
  return (layout.outputsLast ? weight.shape.at(-1) : weight.shape[0]) ?? 0
}

function inputsOf({ tensors: { weight }, layout }: SourceLayer): number {
  const { shape } = weight
  return layout.outputsLast ? shape[0]! : shape.slice(1).reduce((product, size) => product * size, 1)
}

interface Head {
  readonly options: Pick<VggOptions, 'classes' | 'crop' | 'fcWidth'>
  readonly flattened: { readonly channels: number; readonly side: number }
}

/** Three FC layers behind a square of channels; null for anything else. */
function headOf(linears: readonly SourceLayer[], channels: number): Head | null {
  if (linears.length !== 3) return null
  const [first, second, third] = linears as [SourceLayer, SourceLayer, SourceLayer]
  const side = Math.sqrt(inputsOf(first) / channels)
  const fcWidth = outputsOf(first)
  const fits =
    Number.isInteger(side) &&
    side >= 1 &&
    [inputsOf(second), outputsOf(second), inputsOf(third)].every((size) => size === fcWidth)
  const classes = outputsOf(third)
  if (!fits || classes < 2) return null
  return { options: { classes, fcWidth, crop: 32 * side }, flattened: { channels, side } }
}

/** By the network's own order of layers. @returns what does not fit */
function piecesOf(network: Network, layers: SourceLayers, head: Head | null): Piece[] | string {
  const left = {
    convolution: [...layers.convolutions],
    batchNorm: [...layers.norms],
    linear: [...layers.linears],
  }
  const pieces: Piece[] = []
  const own = Map.groupBy(parameters(network), ({ layer }) => layer)
  for (const layer of network.layers) {
    if (layer.kind !== 'convolution' && layer.kind !== 'batchNorm' && layer.kind !== 'linear') continue
    if (layer.kind === 'linear' && !head) continue
    const source = left[layer.kind].shift()!
    const flattened = layer.name === 'classifier.0' ? head!.flattened : null
    for (const { name, shape } of own.get(layer.name)!) {
      const part = parts.find((known) => name.endsWith(`.${known}`))!
      const tensor = source.tensors[part]
      if (!tensor) return `${source.name} has no ${part}`
      const expected = part === 'weight' ? fileShape(layer.kind, shape, source) : shape
      if (tensor.shape.join('×') !== expected.join('×')) {
        return `${tensor.name} has the shape ${tensor.shape.join('×')}, not ${expected.join('×')}`
      }
      if (tensor.type === 'other') return `${tensor.name} holds whole numbers`
      pieces.push({ name, shape, part, source: tensor, layer: source, flattened })
    }
  }
  return pieces
}

/** The shape that a weight of ours has in the file. A linear layer may be written as a convolution. */
function fileShape(
  kind: string,
  shape: readonly number[],
  { tensors: { weight }, layout }: SourceLayer,
): readonly number[] {
  if (kind === 'convolution' && layout.outputsLast) return [shape[2]!, shape[3]!, shape[1]!, shape[0]!]
  if (kind !== 'linear') return shape
  const [outputs, inputs] = shape as [number, number]
  if (layout.outputsLast) return [inputs, outputs]
  const isConvolution = weight.shape.length === 4 && weight.shape.slice(1).reduce((a, b) => a * b) === inputs
  return isConvolution ? weight.shape : shape
}

function poolsDiffer(network: Network, convolutions: readonly SourceLayer[]): string | null {
  let pools = 0
  let index = 0
  for (const { kind } of network.layers) {
    if (kind === 'maxPool') pools++
    if (kind !== 'convolution') continue
    const { name, pools: found } = convolutions[index++]!
    if (found !== null && found !== pools) return `${found} poolings come before ${name}, not ${pools}`
  }
  return null
}
