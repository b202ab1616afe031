import * as z from 'zod'
import { batchNorm, chain, convolution, maxPool, relu, type Link } from '../chain.ts'
import { he, moduleDefault } from '../initializationScheme.ts'
import type { Layer, Network } from '../types.ts'
import type { Architecture, NamedNetwork, NamedShape, NamedShapes, Staged } from './entry.ts'
import { configs } from './names.ts'
import { pooledFamily } from './pooledFamily.ts'
import * as settings from './settings.ts'
import {
  squeezeAndExcite,
  squeezeExcitation,
  squeezeExcitationField,
  squeezeExcitationTitle,
} from './squeezeExcitation.ts'

const schema = z.strictObject({
  family: z.literal('resnet'),
  config: z.enum(configs.resnet).default(configs.resnet[0]),
  /**
   * Where a bottleneck halves the map: `torchvision` in its 3×3 convolution, `paper` in its first 1×1, with the first
   * pooling as in the authors' Caffe models: without padding, its last window not whole.
   */
  variant: z.enum(settings.variants).default(settings.variants[0]),
  /** Reduction of squeeze-and-excitation at the end of each block's residual; null: seresnet50 has 16, others none. */
  squeezeExcitation,
  /** The last scale of each block's residual starts at 0 (Goyal et al. 2017, §5.1). */
  zeroInitResidual: settings.onOff(false),
  head: settings.ownPooledHead,
  /** Multiplies the widths of all convolutions (64 … 2048), rounded, at least 1. */
  widthMultiplier: settings.widthMultiplier,
})

export type ResNetSpec = z.output<typeof schema>
type ResNetConfig = ResNetSpec['config']

interface Depth {
  /** Residual blocks of the four stages. */
  readonly blocks: readonly [number, number, number, number]
  /** Blocks of 1×1, 3×3 and 1×1 convolutions, the last four times as wide; else of two 3×3. */
  readonly isBottleneck: boolean
  readonly reduction: number | null
}

/** Table 1 of the paper. */
const depths: Readonly<Record<ResNetConfig, Depth>> = {
  resnet18: { blocks: [2, 2, 2, 2], isBottleneck: false, reduction: null },
  resnet34: { blocks: [3, 4, 6, 3], isBottleneck: false, reduction: null },
  resnet50: { blocks: [3, 4, 6, 3], isBottleneck: true, reduction: null },
  resnet101: { blocks: [3, 4, 23, 3], isBottleneck: true, reduction: null },
  resnet152: { blocks: [3, 8, 36, 3], isBottleneck: true, reduction: null },
  seresnet50: { blocks: [3, 4, 6, 3], isBottleneck: true, reduction: 16 },
}

/** Channels of each stage's 3×3 convolutions. */
const widths = [64, 128, 256, 512]
const expansion = 4

const reductionOf = ({ config, squeezeExcitation: own }: ResNetSpec): number | null =>
  own ?? depths[config].reduction

/**
 * ResNet (He, Zhang, Ren & Sun 2016): a 7×7 convolution and a pooling, four stages of residual blocks (the first block of
 * each has a projection on its shortcut where the shape changes), the mean over space, one linear layer. Batch
 * normalization follows every convolution. Parameters have the names that torchvision gives them, those of
 * squeeze-and-excitation timm's.
 */
function build(spec: ResNetSpec, classes: number, crop: number): Network {
  const stem = chain(stemOf(spec))
  const stages = stagesOf(spec, stem.at(-1)!.name)
  const names = { pool: 'avgpool', linear: 'fc', narrow: 'fc' }
  const head = settings.pooledHead(spec.head, classes, names, { dropout: 0 })
  const layers = [...stem, ...stages, ...chain(head, stages.at(-1)!.name)]
  return {
    name: spec.config,
    title: titleOf(spec),
    input: [3, crop, crop],
    classes,
    layers,
    outputs: [{ layer: layers.at(-1)!.name, role: 'logits', lossWeight: 1 }],
  }
}

function stemOf({ variant, widthMultiplier }: ResNetSpec): Link[] {
  return [
    convolution('conv1', 'conv1', settings.scaled(64, widthMultiplier), 7, { stride: 2, bias: false }),
    batchNorm('bn1', 'bn1'),
    relu('relu', 'relu1'),
    maxPool('maxpool', 'pool1', 3, 2, variant === 'paper' ? { ceilMode: true } : { padding: 1 }),
  ]
}

function stagesOf(spec: ResNetSpec, input: string): readonly Layer[] {
  const { blocks, isBottleneck } = depths[spec.config]
  const layers: Layer[] = []
  let [before, channels] = [input, settings.scaled(64, spec.widthMultiplier)]
  blocks.forEach((count, stage) => {
    const width = settings.scaled(widths[stage]!, spec.widthMultiplier)
    const outChannels = isBottleneck ? expansion * width : width
    for (let index = 0; index < count; index++) {
      const stride = index === 0 && stage > 0 ? 2 : 1
      const place = { name: `layer${stage + 1}.${index}`, label: `${stage + 2}-${index + 1}` }
      const block = { ...place, input: before, width, outChannels, stride, isBottleneck }
      layers.push(...blockOf(spec, { ...block, projects: stride > 1 || channels !== outChannels }))
      ;[before, channels] = [layers.at(-1)!.name, outChannels]
    }
  })
  return layers
}

interface Block {
  readonly name: string
  readonly label: string
  readonly input: string
  readonly width: number
  readonly outChannels: number
  readonly stride: number
  readonly isBottleneck: boolean
  /** Whether its shortcut is a 1×1 convolution, since the shape changes. */
  readonly projects: boolean
}

function blockOf(spec: ResNetSpec, block: Block): readonly Layer[] {
  const { name, label, input, outChannels, stride, projects } = block
  const residual = chain(residualOf(spec, block), input)
  const reduction = reductionOf(spec)
  const map = { name: residual.at(-1)!.name, channels: outChannels }
  const excited =
    reduction === null ? [] : squeezeAndExcite(map, reduction, { name: `${name}.se`, label: `se${label}` })
  const shortcut = projects
    ? chain(
        [
          convolution(`${name}.downsample.0`, `project${label}`, outChannels, 1, { stride, bias: false }),
          batchNorm(`${name}.downsample.1`, `bn${label}/project`),
        ],
        input,
      )
    : []
  const sum = [(excited.at(-1) ?? residual.at(-1)!).name, shortcut.at(-1)?.name ?? input]
  return [
    ...residual,
    ...excited,
    ...shortcut,
    { kind: 'add', name: `${name}.add`, label: `add${label}`, inputs: sum },
    { ...relu(`${name}.relu`, `relu${label}`), inputs: [`${name}.add`] } as Layer,
  ]
}

/** The convolutions of a block, each with batch normalization, and ReLU behind all but the last. */
function residualOf({ variant, zeroInitResidual }: ResNetSpec, block: Block): Link[] {
  const { name, label, width, outChannels, stride, isBottleneck } = block
  const striding = isBottleneck && variant === 'torchvision' ? 1 : 0
  const convolutions = isBottleneck
    ? [[width, 1] as const, [width, 3] as const, [outChannels, 1] as const]
    : [[width, 3] as const, [outChannels, 3] as const]
  return convolutions.flatMap(([channels, kernel], index): Link[] => {
    const place = index + 1
    const isLast = place === convolutions.length
    const own = { stride: index === striding ? stride : 1, bias: false }
    const normalization = batchNorm(`${name}.bn${place}`, `bn${label}/${place}`)
    return [
      convolution(`${name}.conv${place}`, `conv${label}/${place}`, channels, kernel, own),
      isLast && zeroInitResidual ? { ...normalization, zeroScale: true } : normalization,
      ...(isLast ? [] : [relu(`${name}.relu${place}`, `relu${label}/${place}`)]),
    ]
  })
}

/** `ResNet-50`, `SE-ResNet-50`. */
function titleOf(spec: ResNetSpec): string {
  const { config, variant, squeezeExcitation: own, head } = spec
  const plain = config.replace(/^(se)?resnet/, (_, se) => `${se ? 'SE-' : ''}ResNet-`)
  const asInPaper = variant === 'paper' ? ' as in the paper' : ''
  return `${plain}${asInPaper}${squeezeExcitationTitle(own)}${settings.headTitle(head, 'linear')}`
}

/** torchvision's names, timm's of squeeze-and-excitation, and those of timm's legacy models, from Caffe. */
function ofNames(tensors: NamedShapes): NamedNetwork<ResNetSpec> | null {
  const isLegacy = tensors.has('layer0.conv1.weight')
  const shapeOf = (name: string): readonly number[] | undefined => tensors.get(name)?.shape
  const first = shapeOf(isLegacy ? 'layer0.conv1.weight' : 'conv1.weight')
  if (!first || !tensors.has('layer1.0.conv1.weight')) return null
  const blocks = [1, 2, 3, 4].map((stage) => blockCount(tensors, stage))
  const isBottleneck = tensors.has('layer1.0.conv3.weight')
  const gate = isLegacy ? 'se_module' : 'se'
  const squeezed = shapeOf(`layer1.0.${gate}.fc1.weight`)
  const reduction = squeezed ? Math.round(squeezed[1]! / squeezed[0]!) : null
  const same = configs.resnet.filter((config) => {
    const depth = depths[config]
    return depth.blocks.join() === blocks.join() && depth.isBottleneck === isBottleneck
  })
  const config = same.find((one) => depths[one].reduction === reduction) ?? same[0]
  if (config === undefined) return null
  return {
    settings: {
      config,
      variant: isLegacy ? 'paper' : 'torchvision',
      squeezeExcitation: depths[config].reduction === reduction ? null : reduction,
      head: tensors.has('fc.3.weight') ? 'narrow' : 'linear',
      widthMultiplier: first[0]! / 64,
    },
    nameOf: isLegacy ? legacyName : (parameter) => parameter,
  }
}

function blockCount(tensors: NamedShapes, stage: number): number {
  const begin = `layer${stage}.`
  const places = [...tensors.keys()]
    .filter((name) => name.startsWith(begin))
    .map((name) => name.split('.')[1])
  return new Set(places).size
}

const legacyName = (parameter: string): string =>
  parameter
    .replace(/^(conv1|bn1)\./, 'layer0.$1.')
    .replace('.se.', '.se_module.')
    .replace(/^fc\./, 'last_linear.')

/** timm's SE-ResNets with bottlenecks: it rounds the gates of other widths to multiples of 8. */
function timmModel(spec: ResNetSpec): string | null {
  const { config, variant, head } = spec
  if (reductionOf(spec) !== 16 || !depths[config].isBottleneck || head !== 'linear') return null
  return `${variant === 'paper' ? 'legacy_' : ''}${config.replace(/^(se)?/, 'se')}`
}

/** Linear layers of gates are 1×1 convolutions there. */
function timmParameter({ variant }: ResNetSpec, { name, shape }: NamedShape): NamedShape {
  const isGate = /\.se\.fc[12]\.weight$/.test(name)
  return { name: variant === 'paper' ? legacyName(name) : name, shape: isGate ? [...shape, 1, 1] : shape }
}

/**
 * A deeper network from a shallower one of the same blocks: stem, blocks by stage and place, classifier. With
 * `zeroInitResidual` the blocks that come on top start as their shortcuts, and the network as the shallower one. Of blocks of
 * the other kind nothing corresponds but the stem.
 */
const staged: Staged = {
  roles({ layers }) {
    const isBottleneck = layers.some(({ name }) => name === 'layer1.0.conv3')
    const ofBlocks = isBottleneck ? 'bottleneck ' : 'basic '
    return new Map(layers.map(({ name }) => [name, `${name.startsWith('layer') ? ofBlocks : ''}${name}`]))
  },
  copied: ({ layers }) => new Set(layers.map(({ name }) => name)),
}

export const resnet: Architecture<ResNetSpec> = {
  ...pooledFamily<ResNetSpec>(),
  family: 'resnet',
  title: 'ResNet',
  schema,
  build,
  titleOf,
  torchvision: { convolution: he('out'), linear: moduleDefault },
  defaultInitialization: () => 'torchvision',
  staged,
  externalNames: {
    torchvision: {
      model: (spec) =>
        spec.variant === 'torchvision' && reductionOf(spec) === null && spec.head === 'linear'
          ? spec.config
          : null,
    },
    timm: { model: timmModel, parameter: timmParameter },
  },
  headSettings: ['head'],
  ofNames,
  // He et al. 2016, §3.4: 60·10⁴ updates of 256 images.
  recipe: {
    data: { crop: 224 },
    optimization: { epochs: 120, batchSize: 256, learningRate: 0.1, weightDecay: 1e-4 },
  },
  cards: { seresnet50: 'resnet50' },
  settings: [
    { setting: 'variant', kind: 'choice', options: settings.variants },
    squeezeExcitationField,
    { setting: 'zeroInitResidual', kind: 'switch' },
    settings.ownPooledHeadField,
    settings.widthMultiplierField,
  ],
}
