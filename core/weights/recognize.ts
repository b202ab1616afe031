import { StudioError } from '../base/errors.ts'
import type { FileFault } from '../messages/catalog.ts'
import {
  buildNetwork,
  entryOf,
  networkSchema,
  networkSpec,
  type NetworkOptions,
} from '../network/architectures/index.ts'
import { allConfigs, familyOf, type Config } from '../network/architectures/names.ts'
import { headLayers } from '../network/headLayers.ts'
import { parameters } from '../network/parameters.ts'
import { layerShapes } from '../network/shapes.ts'
import type { Network } from '../network/types.ts'
import { caffeNaming } from './naming/caffe.ts'
import { graphNaming } from './naming/graph.ts'
import { kerasNaming } from './naming/keras.ts'
import { pytorchNaming } from './naming/pytorch.ts'
import { parts, type SourceLayer, type SourceLayers } from './naming/types.ts'
import type { WeightsFile } from './readers/types.ts'
import type { MappedTensor, NamingName, Recognized } from './recognized.ts'
import { isFault, recognizeModules } from './recognizeModules.ts'
import { withShortNames } from './shortNames.ts'

/**
 * Finds which of our networks a file holds the weights of: by the names of its modules, or by the number and kernels of
 * its convolutions, their widths, whether batch normalization follows them, and the FC layers' sizes.
 *
 * @throws StudioError `unknown-network` saying what there is instead
 */
export function recognize(file: WeightsFile): Recognized {
  const byModules = recognizeModules(file)
  if (byModules !== null && !isFault(byModules)) return { naming: 'modules', ...byModules }
  const named = namings(file)
  let nearest: FileFault | null = byModules
  for (const [naming, layers] of named) {
    const result = match(layers)
    if (!isFault(result)) return { naming, ...result }
    nearest ??= result
  }
  throw new StudioError('unknown-network', {
    path: file.path,
    reason: withShortNames(nearest ?? unknown(file)),
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

function unknown({ tensors }: WeightsFile): FileFault {
  const names = [...tensors.keys()].slice(0, 3).map((name) => name.slice(0, 80))
  return { code: 'unknown-tensors', values: { count: tensors.size, names } }
}

/** @returns what is different, where it is none of ours */
function match(layers: SourceLayers): Omit<Recognized, 'naming'> | FileFault {
  const { convolutions, norms, linears } = layers
  const kernels = convolutions.map(kernelOf)
  const config = allConfigs.find((name) => isByOrder(name) && kernelsOf(name).join() === kernels.join())
  if (!config) {
    return { code: 'unknown-convolutions', values: { count: convolutions.length, kernels } }
  }
  if (norms.length > 0 && norms.length !== convolutions.length) {
    const values = { norms: norms.length, convolutions: convolutions.length }
    return { code: 'norms-do-not-match', values }
  }
  const entry = entryOf({ family: familyOf({ config }) })
  const width = outputsOf(convolutions[0]!) / firstWidth(config)
  const own = entry.ofFile?.({ isNormalized: norms.length > 0, width }) ?? null
  if (own === null) return { code: 'foreign-normalization', values: { title: entry.title } }
  const found = headOf(linears, outputsOf(convolutions.at(-1)!))
  const ownHead = found && entry.ofHead(found.hidden)
  const head = ownHead && found
  const parsed = networkSchema.safeParse({ config, ...own, ...ownHead })
  if (!parsed.success) return { code: 'other-width', values: { width, title: entry.title, config } }
  const spec = parsed.data
  const crop = head ? cropOf(config, head.flattened.side) : entry.crop.usual
  const options: NetworkOptions = { ...spec, classes: head?.classes ?? 2, crop }
  const network = buildNetwork(options)
  const tensors = mappedTensors(network, layers, head)
  if (isFault(tensors)) return tensors
  const misplaced = poolsDiffer(network, convolutions)
  if (misplaced) return misplaced
  return {
    network: options,
    tensors,
    classifier: head ? 'present' : linears.length > 0 ? 'foreign' : 'absent',
  }
}

const isByOrder = (config: Config): boolean => entryOf({ family: familyOf({ config }) }).ofFile !== null

function usual(config: Config): Network {
  const spec = networkSpec({ config })
  return buildNetwork({ ...spec, classes: 2, crop: entryOf(spec).crop.usual })
}

const convolutionsOf = (config: Config) =>
  usual(config).layers.filter((layer) => layer.kind === 'convolution')
const kernelsOf = (config: Config): readonly number[] => convolutionsOf(config).map(({ kernel }) => kernel)
const firstWidth = (config: Config): number => convolutionsOf(config)[0]!.outChannels

/** The crop that gives the FC layers a map of this side: the usual one, where it does. */
function cropOf(config: Config, side: number): number {
  const network = usual(config)
  const flat = network.layers.find(({ kind }) => kind === 'flatten')!
  const { crop } = entryOf({ family: familyOf({ config }) })
  return layerShapes(network).get(flat.inputs[0]!)![1] === side
    ? crop.usual
    : crop.least + crop.step * (side - 1)
}

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
  readonly classes: number
  /** Widths of the layers before the last. */
  readonly hidden: readonly number[]
  readonly flattened: { readonly channels: number; readonly side: number }
}

/** Linear layers, one upon the other, behind a square of channels; null for anything else. */
function headOf(linears: readonly SourceLayer[], channels: number): Head | null {
  const [first] = linears
  if (!first) return null
  const side = Math.sqrt(inputsOf(first) / channels)
  const widths = linears.map(outputsOf)
  const isChain = linears.slice(1).every((layer, index) => inputsOf(layer) === widths[index])
  const classes = widths.at(-1)!
  if (!Number.isInteger(side) || side < 1 || !isChain || classes < 2) return null
  return { classes, hidden: widths.slice(0, -1), flattened: { channels, side } }
}

/** Maps tensors in the network's own order of layers. @returns what does not fit */
function mappedTensors(
  network: Network,
  layers: SourceLayers,
  head: Head | null,
): readonly MappedTensor[] | FileFault {
  const left = {
    convolution: [...layers.convolutions],
    batchNorm: [...layers.norms],
    linear: [...layers.linears],
  }
  const tensors: MappedTensor[] = []
  const own = Map.groupBy(parameters(network), ({ layer }) => layer)
  const heads = headLayers(network)
  for (const layer of network.layers) {
    if (layer.kind !== 'convolution' && layer.kind !== 'batchNorm' && layer.kind !== 'linear') continue
    if (layer.kind === 'linear' && !head) continue
    const source = left[layer.kind].shift()
    if (!source) return { code: 'lacks-layer', values: { layer: layer.name } }
    const isHead = heads.has(layer.name)
    const flattened =
      layer.kind === 'linear' && !tensors.some(({ flattened: one }) => one) ? head!.flattened : null
    for (const { name, shape } of own.get(layer.name)!) {
      const part = parts.find((known) => name.endsWith(`.${known}`))!
      const tensor = source.tensors[part]
      if (!tensor) return { code: 'layer-lacks-part', values: { layer: source.name, part } }
      const expected = part === 'weight' ? fileShape(layer.kind, shape, source) : shape
      if (tensor.shape.join('×') !== expected.join('×')) {
        return { code: 'other-shape', values: { name: tensor.name, shape: tensor.shape, expected } }
      }
      if (tensor.type === 'other') return { code: 'holds-integers', values: { name: tensor.name } }
      tensors.push({ name, shape, part, source: tensor, layer: source, isHead, flattened })
    }
  }
  return tensors
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

function poolsDiffer(network: Network, convolutions: readonly SourceLayer[]): FileFault | null {
  let pools = 0
  let index = 0
  for (const { kind } of network.layers) {
    if (kind === 'maxPool') pools++
    if (kind !== 'convolution') continue
    const { name, pools: found } = convolutions[index++]!
    if (found !== null && found !== pools)
      return { code: 'other-poolings', values: { found, layer: name, expected: pools } }
  }
  return null
}
