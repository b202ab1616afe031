import * as z from 'zod'
import {
  batchNorm,
  chain,
  convolution,
  dropoutLinks,
  linear,
  maxPool,
  relu,
  responseNorm,
  type Link,
} from '../chain.ts'
import { normal } from '../initializationScheme.ts'
import type { Layer, MaxPool, Network, Output } from '../types.ts'
import { pooledSide } from '../window.ts'
import type { Architecture, NamedNetwork, NamedShapes } from './entry.ts'
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
  family: z.literal('googlenet'),
  config: z.enum(configs.googlenet).default(configs.googlenet[0]),
  /** Two classifiers on the way, which teach the layers before them in training and are gone afterwards. */
  auxiliary: settings.onOff(true),
  /** Before the classifier; null: the paper's 0.4, torchvision's 0.2. 0 leaves the layer out. */
  dropout: settings.optionalDropout,
  /** Reduction of squeeze-and-excitation after each inception module (Hu et al. 2018, figure 2); null: none. */
  squeezeExcitation,
  head: settings.ownPooledHead,
  /** Multiplies the widths of all convolutions (16 … 384), rounded, at least 1. */
  widthMultiplier: settings.widthMultiplier,
})

export type GoogLeNetSpec = z.output<typeof schema>

/** Channels of a module's six convolutions. */
interface Module {
  readonly place: string
  readonly one: number
  readonly three: readonly [reduced: number, channels: number]
  readonly five: readonly [reduced: number, channels: number]
  readonly pool: number
}

const module = (place: string, one: number, ...rest: readonly number[]): Module => {
  const [reduced3, three, reduced5, five, pool] = rest as [number, number, number, number, number]
  return { place, one, three: [reduced3, three], five: [reduced5, five], pool }
}

/** Table 1 of the paper, by the size of the map; a pooling halves it between two of them. */
const modules: readonly (readonly Module[])[] = [
  [module('3a', 64, 96, 128, 16, 32, 32), module('3b', 128, 128, 192, 32, 96, 64)],
  [
    module('4a', 192, 96, 208, 16, 48, 64),
    module('4b', 160, 112, 224, 24, 64, 64),
    module('4c', 128, 128, 256, 24, 64, 64),
    module('4d', 112, 144, 288, 32, 64, 64),
    module('4e', 256, 160, 320, 32, 128, 128),
  ],
  [module('5a', 256, 160, 320, 32, 128, 128), module('5b', 384, 192, 384, 48, 128, 128)],
]

/**
 * GoogLeNet (Szegedy et al. 2015): a stem, nine inception modules (convolutions of 1×1, 3×3 and 5×5 and a pooling side by
 * side, the larger ones behind a 1×1 that reduces channels), the mean over space, one linear layer; two auxiliary
 * classifiers. Poolings keep a last window that is not whole, as in the authors' Caffe model, which gives the paper's
 * sizes. The paper's network has response normalization (with AlexNet's constants: it states none) and biases;
 * `googlenet-torchvision` has batch normalization instead, 3×3 in place of 5×5 and 2×2 in its last pooling. Parameters have
 * torchvision's names, those of squeeze-and-excitation `<module>.se`.
 *
 * Counts follow from the channels in the paper's Table 1, and not from its column of parameters, which is wrong in the
 * stem (9.4 thousand and 118 million multiply-adds, not 2.7 and 34), in 4a (376 thousand), 4c (509), 4d (605), 4e (867), 5a
 * (1,042 and 51 million) and 5b (1,443), and elsewhere counts a thousand as 1,024.
 */
function build(spec: GoogLeNetSpec, classes: number, crop: number): Network {
  const layers: Layer[] = chain(stemOf(spec))
  modules.forEach((group, index) => {
    if (index > 0) layers.push(...chain([poolOf(spec, index + 2)], layers.at(-1)!.name))
    for (const own of group) layers.push(...moduleOf(spec, own, layers.at(-1)!.name))
  })
  const last = layers.at(-1)!.name
  const side = sideOfAuxiliaries(spec, crop)
  const taught = spec.auxiliary ? auxiliaries : []
  for (const { name, place } of taught)
    layers.push(...chain(auxiliaryOf(spec, { name, side, classes }), outputOf(spec, place)))
  const rate = dropoutOf(spec)
  const names = { pool: 'avgpool', linear: 'fc', narrow: 'fc' }
  layers.push(...chain(settings.pooledHead(spec.head, classes, names, { dropout: rate, before: rate }), last))
  return {
    name: spec.config,
    title: titleOf(spec),
    input: [3, crop, crop],
    classes,
    layers,
    outputs: [
      { layer: layers.at(-1)!.name, role: 'logits', lossWeight: 1 },
      ...taught.map(({ name }): Output => ({ layer: `${name}.fc2`, role: 'auxiliary', lossWeight: 0.3 })),
    ],
  }
}

const isTorchvision = ({ config }: Pick<GoogLeNetSpec, 'config'>): boolean =>
  config === 'googlenet-torchvision'

const dropoutOf = (spec: Pick<GoogLeNetSpec, 'config' | 'dropout'>): number =>
  spec.dropout ?? (isTorchvision(spec) ? 0.2 : 0.4)

/** A convolution, batch normalization where the network has it, and ReLU. */
function unit(
  spec: GoogLeNetSpec,
  { name, label }: { readonly name: string; readonly label: string },
  [channels, kernel, stride = 1]: readonly [channels: number, kernel: number, stride?: number],
): Link[] {
  const isNormalized = isTorchvision(spec)
  const width = settings.scaled(channels, spec.widthMultiplier)
  return [
    convolution(`${name}.conv`, label, width, kernel, { stride, bias: !isNormalized }),
    ...(isNormalized ? [batchNorm(`${name}.bn`, `${label}/bn`, 1e-3)] : []),
    relu(`${name}.relu`, `${label}/relu`),
  ]
}

function stemOf(spec: GoogLeNetSpec): Link[] {
  const normalized = (place: number): Link[] =>
    isTorchvision(spec) ? [] : [responseNorm(`lrn${place}`, `lrn${place}`)]
  return [
    ...unit(spec, { name: 'conv1', label: 'conv1' }, [64, 7, 2]),
    poolOf(spec, 1),
    ...normalized(1),
    ...unit(spec, { name: 'conv2', label: 'conv2/reduce' }, [64, 1]),
    ...unit(spec, { name: 'conv3', label: 'conv2' }, [192, 3]),
    ...normalized(2),
    poolOf(spec, 2),
  ]
}

function poolOf(spec: GoogLeNetSpec, place: number): Link {
  const kernel = isTorchvision(spec) && place === 4 ? 2 : 3
  return maxPool(`maxpool${place}`, `pool${place}`, kernel, 2, { ceilMode: true })
}

function moduleOf(spec: GoogLeNetSpec, own: Module, input: string): Layer[] {
  const { place, one, three, five, pool } = own
  const name = moduleName(place)
  const labelled = (branch: string, label: string) => ({
    name: `${name}.branch${branch}`,
    label: `${place}/${label}`,
  })
  const large = isTorchvision(spec) ? 3 : 5
  const branches = [
    unit(spec, labelled('1', '1×1'), [one, 1]),
    [
      ...unit(spec, labelled('2.0', '3×3 reduce'), [three[0], 1]),
      ...unit(spec, labelled('2.1', '3×3'), [three[1], 3]),
    ],
    [
      ...unit(spec, labelled('3.0', '5×5 reduce'), [five[0], 1]),
      ...unit(spec, labelled('3.1', `${large}×${large}`), [five[1], large]),
    ],
    [
      maxPool(`${name}.branch4.0`, `${place}/pool`, 3, 1, { padding: 1 }),
      ...unit(spec, labelled('4.1', 'pool proj'), [pool, 1]),
    ],
  ].map((links) => chain(links, input))
  const inputs = branches.map((layers) => layers.at(-1)!.name)
  const channels = [one, three[1], five[1], pool]
    .map((count) => settings.scaled(count, spec.widthMultiplier))
    .reduce((sum, count) => sum + count)
  const { squeezeExcitation: reduction } = spec
  const names = { name: `${name}.se`, label: `${place}/se` }
  return [
    ...branches.flat(),
    { kind: 'concat', name, label: place, inputs },
    ...(reduction === null ? [] : squeezeAndExcite({ name, channels }, reduction, names)),
  ]
}

const moduleName = (place: string): string => `inception${place}`

/** The layer that gives what a module gives. */
const outputOf = ({ squeezeExcitation: reduction }: GoogLeNetSpec, place: string): string =>
  reduction === null ? moduleName(place) : `${moduleName(place)}.se.scale`

/** Classifiers on the way, and the modules that they stand on. */
const auxiliaries = [
  { name: 'aux1', place: '4a' },
  { name: 'aux2', place: '4d' },
] as const

/**
 * An auxiliary classifier: a pooling to 4×4, 128 1×1 convolutions, two linear layers. The paper's pooling is 5×5 with stride 3
 * on its map of 14×14; on others, and in torchvision's network, it adapts, so that weights fit whatever the crop.
 */
function auxiliaryOf(
  spec: GoogLeNetSpec,
  { name, side, classes }: { readonly name: string; readonly side: number; readonly classes: number },
): Link[] {
  const pooled = { name: `${name}.pool`, label: `${name}/pool` }
  const window = { kernel: 5, stride: 3, padding: 0, ceilMode: false, countIncludePad: true }
  const pool: Link =
    side === 14 && !isTorchvision(spec)
      ? { kind: 'averagePool', ...pooled, ...window }
      : { kind: 'adaptiveAveragePool', ...pooled, side: 4 }
  return [
    pool,
    ...unit(spec, { name: `${name}.conv`, label: `${name}/conv` }, [128, 1]),
    { kind: 'flatten', name: `${name}.flatten`, label: `${name}/flatten` },
    linear(`${name}.fc1`, `${name}/fc1`, settings.scaled(1024, spec.widthMultiplier)),
    relu(`${name}.relu`, `${name}/relu`),
    ...dropoutLinks(`${name}.dropout`, `${name}/dropout`, 0.7),
    linear(`${name}.fc2`, `${name}/fc2`, classes),
  ]
}

/** Side of the map that they stand on: the crop is halved four times. */
function sideOfAuxiliaries(spec: GoogLeNetSpec, crop: number): number {
  const stem = Math.floor((crop - 1) / 2) + 1
  const pools = [1, 2, 3].map((place) => ({ ...poolOf(spec, place), inputs: [] }) as unknown as MaxPool)
  return pools.reduce((side, pool) => pooledSide(pool, side), stem)
}

/** `GoogLeNet`, `GoogLeNet as in torchvision`. */
function titleOf(spec: GoogLeNetSpec): string {
  const { squeezeExcitation: reduction, head } = spec
  const name = `GoogLeNet${isTorchvision(spec) ? ' as in torchvision' : ''}`
  return `${name}${squeezeExcitationTitle(reduction)}${settings.headTitle(head, 'linear')}`
}

/** torchvision's names, with which files of the paper's network name what it has, too. */
function ofNames(tensors: NamedShapes): NamedNetwork<GoogLeNetSpec> | null {
  const shapeOf = (name: string): readonly number[] | undefined => tensors.get(name)?.shape
  const first = shapeOf('conv1.conv.weight')
  if (!first || !tensors.has('inception3a.branch1.conv.weight')) return null
  const squeezed = shapeOf('inception3a.se.fc1.weight')
  return {
    settings: {
      config: tensors.has('conv1.bn.weight') ? 'googlenet-torchvision' : 'googlenet',
      auxiliary: tensors.has('aux1.conv.conv.weight'),
      squeezeExcitation: squeezed ? Math.round(squeezed[1]! / squeezed[0]!) : null,
      head: tensors.has('fc.3.weight') ? 'narrow' : 'linear',
      widthMultiplier: first[0]! / 64,
    },
    nameOf: (parameter) => parameter,
  }
}

export const googlenet: Architecture<GoogLeNetSpec> = {
  ...pooledFamily<GoogLeNetSpec>(),
  family: 'googlenet',
  title: 'GoogLeNet',
  schema,
  build,
  titleOf,
  torchvision: { convolution: normal(0.01), linear: { ...normal(0.01), bias: { kind: 'uniform' } } },
  // N(0, 0.01²) keeps nothing of the signal where no normalization restores it.
  defaultInitialization: (spec) => (isTorchvision(spec) ? 'torchvision' : 'he-small-last'),
  staged: null,
  externalNames: {
    torchvision: {
      model: (spec) =>
        isTorchvision(spec) && spec.squeezeExcitation === null && spec.head === 'linear' ? 'googlenet' : null,
      settings: ['aux_logits=False', 'init_weights=False'],
    },
  },
  headSettings: ['head', 'dropout'],
  ofNames,
  recipe: {
    data: { crop: 224 },
    optimization: {
      epochs: 60,
      batchSize: 32,
      learningRate: 0.01,
      weightDecay: 2e-4,
      schedule: { kind: 'step', every: 8, factor: 1 / 0.96 },
    },
  },
  cards: { 'googlenet-torchvision': 'googlenet' },
  settings: [
    { setting: 'auxiliary', kind: 'switch' },
    squeezeExcitationField,
    settings.ownPooledHeadField,
    settings.widthMultiplierField,
    { ...settings.dropoutField, optional: true },
  ],
}
