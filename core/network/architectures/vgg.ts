import * as z from 'zod'
import {
  batchNorm as normalization,
  chain,
  convolution,
  dropoutLinks,
  linear,
  maxPool,
  relu,
  responseNorm,
  type Link,
} from '../chain.ts'
import { he, normal } from '../initializationScheme.ts'
import type { Layer, Network } from '../types.ts'
import type { Architecture, Staged } from './entry.ts'
import { configs } from './names.ts'
import * as settings from './settings.ts'
import {
  squeezeAndExcite,
  squeezeExcitation,
  squeezeExcitationField,
  squeezeExcitationTitle,
} from './squeezeExcitation.ts'

const schema = z.strictObject({
  family: z.literal('vgg'),
  config: z.enum(configs.vgg).default(configs.vgg[0]),
  /** Batch normalization after each convolution, before ReLU. */
  batchNorm: settings.onOff(false),
  /** After the first two FC layers. 0 leaves the layers out. */
  dropout: settings.dropout,
  /** Reduction of squeeze-and-excitation after each convolution's ReLU (Hu et al. 2018: SE-VGG-16); null: none. */
  squeezeExcitation,
  head: settings.head,
  /** Width of the first two FC layers; 4096 in the paper. */
  fcWidth: settings.fcWidth,
  /** Multiplies the convolutions' widths (64 … 512), rounded, at least 1. */
  widthMultiplier: settings.widthMultiplier,
})

export type VggSpec = z.output<typeof schema>
type VggConfig = VggSpec['config']

const twice = [3, 3]
const thriceWith1x1 = [3, 3, 1]
const shallow = [[3], [3], twice, twice, twice]
const thrice = [3, 3, 3]
const fourTimes = [3, 3, 3, 3]

/** Kernel sizes of the convolutions in each of the five groups (paper, Table 1; B-5x5: §2.3). */
const groups: Readonly<Record<VggConfig, readonly (readonly number[])[]>> = {
  A: shallow,
  'A-LRN': shallow,
  B: [twice, twice, twice, twice, twice],
  'B-5x5': [[5], [5], [5], [5], [5]],
  C: [twice, twice, thriceWith1x1, thriceWith1x1, thriceWith1x1],
  D: [twice, twice, thrice, thrice, thrice],
  E: [twice, twice, fourTimes, fourTimes, fourTimes],
}

/** Channels of each group's convolutions. */
const widths = [64, 128, 256, 512, 512]

/**
 * One network of the VGG family (Simonyan & Zisserman 2015, Table 1): five groups of convolutions (stride 1, padded to
 * keep their size) with ReLU, each followed by 2×2 max pooling, then three FC layers. Parameters have the names that
 * torchvision gives them (A vgg11, B vgg13, D vgg16, E vgg19), whatever dropout and LRN are set to.
 * The first FC layer sees the last pooling's whole output: crop 224 gives it 7×7, crop 32 gives it 1×1.
 */
function build(spec: VggSpec, classes: number, crop: number): Network {
  const head = settings.headOf(spec, classes, classifier(spec, classes))
  const maps = features(spec)
  const layers = [...maps, ...chain(head, maps.at(-1)!.name)]
  return {
    name: spec.config,
    title: `VGG ${spec.config}`,
    input: [3, crop, crop],
    classes,
    layers,
    outputs: [{ layer: layers.at(-1)!.name, role: 'logits', lossWeight: 1 }],
  }
}

function features({ config, batchNorm, squeezeExcitation: reduction, widthMultiplier }: VggSpec): Layer[] {
  const layers: Layer[] = []
  const add = (link: Link): void => void layers.push(...chain([link], layers.at(-1)?.name))
  let position = 0
  const next = (): string => `features.${position++}`
  groups[config].forEach((kernels, group) => {
    const outChannels = settings.scaled(widths[group]!, widthMultiplier)
    kernels.forEach((kernel, index) => {
      const place = `${group + 1}-${index + 1}`
      add(convolution(next(), `conv${place}`, outChannels, kernel))
      if (batchNorm) add(normalization(next(), `bn${place}`))
      add(relu(next(), `relu${place}`))
      // These take no number in the sequence, so that parameters keep their names, and A's weights fit A-LRN.
      if (config === 'A-LRN' && group === 0) add(responseNorm('features.lrn1', 'lrn1'))
      const map = { name: layers.at(-1)!.name, channels: outChannels }
      const names = { name: `features.se${place}`, label: `se${place}` }
      if (reduction !== null) layers.push(...squeezeAndExcite(map, reduction, names))
    })
    add(maxPool(next(), `pool${group + 1}`, 2, 2))
  })
  return layers
}

function classifier({ fcWidth, dropout }: VggSpec, classes: number): Link[] {
  return [
    { kind: 'flatten', name: 'flatten', label: 'flatten' },
    linear('classifier.0', 'fc6', fcWidth),
    relu('classifier.1', 'relu6'),
    ...dropoutLinks('classifier.2', 'dropout6', dropout),
    linear('classifier.3', 'fc7', fcWidth),
    relu('classifier.4', 'relu7'),
    ...dropoutLinks('classifier.5', 'dropout7', dropout),
    linear('classifier.6', 'fc8', classes),
  ]
}

/** Names of the layers of squeeze-and-excitation. */
const ofGate = /^features\.se/

/**
 * The paper's staged training (§3.1): the first four convolutions of the shallower network, with the batch
 * normalization and gates that follow them, and its FC layers. Roles are places: A's third convolution is the first of group 3
 * (groups end with a pooling), so it becomes D's conv3-1.
 */
const staged: Staged = {
  roles(network) {
    let [group, place, fc] = [1, 0, 0]
    const roles = new Map<string, string>()
    for (const { kind, name } of network.layers) {
      if (kind === 'maxPool') [group, place] = [group + 1, 0]
      if (kind === 'convolution') place += 1
      const isGate = ofGate.test(name)
      if (kind === 'linear' && !isGate) fc += 1
      const own = isGate ? name.split('.').at(-1)! : kind
      roles.set(name, kind === 'linear' && !isGate ? `linear ${fc}` : `${own} ${group}-${place}`)
    }
    return roles
  },
  copied(network) {
    const convolutions = network.layers.filter(({ kind }) => kind === 'convolution').slice(0, 4)
    const copied = new Set(convolutions.map(({ name }) => name))
    let isCopied = false
    for (const { kind, name } of network.layers) {
      if (kind === 'convolution') isCopied = copied.has(name)
      const follows = kind === 'batchNorm' || ofGate.test(name)
      if (follows ? isCopied : kind === 'linear') copied.add(name)
    }
    return copied
  },
}

const models: Partial<Record<VggConfig, string>> = { A: 'vgg11', B: 'vgg13', D: 'vgg16', E: 'vgg19' }

export const vgg: Architecture<VggSpec> = {
  family: 'vgg',
  title: 'VGG',
  schema,
  crop: {
    usual: 224,
    least: 32,
    step: 32,
  },
  build,
  titleOf: ({ config, batchNorm, squeezeExcitation: reduction, head }) =>
    `VGG ${config}${batchNorm ? ' with batch normalization' : ''}${squeezeExcitationTitle(reduction)}${settings.headTitle(head)}`,
  shortName: ({ config, batchNorm }) => `${config}${batchNorm ? '-bn' : ''}`,
  widthOf: ({ widthMultiplier }) => widthMultiplier,
  torchvision: { convolution: he('out'), linear: normal(0.01) },
  // torchvision's N(0, 0.01²) keeps too little of the signal in narrow linear layers: a quarter of A with 256 features
  // learned nothing from it.
  defaultInitialization: ({ fcWidth, head }) =>
    head === 'fc' && fcWidth >= 2048 ? 'torchvision' : 'he-small-last',
  staged,
  externalNames: {
    torchvision: {
      model: ({ config, batchNorm, squeezeExcitation: reduction, head }) =>
        head === 'fc' && reduction === null ? (models[config]?.concat(batchNorm ? '_bn' : '') ?? null) : null,
    },
  },
  headSettings: ['head', 'fcWidth', 'dropout'],
  linearHead: (spec) => ({ ...spec, head: 'linear' }),
  ofFile: ({ isNormalized, width }) => ({ batchNorm: isNormalized, widthMultiplier: width }),
  ofNames: () => null,
  ofHead: settings.ofHead,
  // The defaults of all recipes are the VGG paper's.
  recipe: {},
  cards: { 'A-LRN': 'A', 'B-5x5': 'B' },
  settings: [{ setting: 'batchNorm', kind: 'switch' }, squeezeExcitationField, ...settings.classifierFields],
  savings: {
    settings: settings.savingSettings,
    classifier: settings.narrower,
    channels: settings.thinner,
  },
  advice: {
    stuck: ({ config, batchNorm }, { fromScratch }) => ({
      first: batchNorm ? [] : [{ what: 'batch-normalization' }],
      later: config !== 'A' && fromScratch ? [{ what: 'trained-start', config: 'A' }] : [],
    }),
    overfitting: settings.regularization,
  },
}
