import * as z from 'zod'
import { chain, convolution, dropoutLinks, linear, maxPool, relu, responseNorm, type Link } from '../chain.ts'
import { moduleDefault } from '../initializationScheme.ts'
import type { Network } from '../types.ts'
import type { Architecture } from './entry.ts'
import { configs } from './names.ts'
import * as settings from './settings.ts'

const schema = z.strictObject({
  family: z.literal('alexnet'),
  config: z.enum(configs.alexnet).default(configs.alexnet[0]),
  /** Local response normalization after the first two convolutions, as in the paper; torchvision's has none. */
  lrn: settings.onOff(true),
  /** Before the first two FC layers. 0 leaves the layers out. */
  dropout: settings.dropout,
  head: settings.head,
  /** Width of the first two FC layers; 4096 in the paper. */
  fcWidth: settings.fcWidth,
  /** Multiplies the convolutions' widths (64 … 384), rounded, at least 1. */
  widthMultiplier: settings.widthMultiplier,
})

export type AlexNetSpec = z.output<typeof schema>

/**
 * AlexNet (Krizhevsky, Sutskever & Hinton 2012) in one tower (Krizhevsky 2014, torchvision's `alexnet`): five
 * convolutions of 64, 192, 384, 256 and 256 channels, overlapping 3×3 max pooling with stride 2, three FC layers.
 * Parameters have torchvision's names. The first FC layer sees the last pooling's whole output: 6×6 at crop 227, and
 * at 224, where torchvision's adaptive pooling changes nothing either.
 */
function build(spec: AlexNetSpec, classes: number, crop: number): Network {
  const head = settings.headOf(spec, classes, classifier(spec, classes))
  const layers = chain([...features(spec), ...head])
  return {
    name: spec.config,
    title: 'AlexNet',
    input: [3, crop, crop],
    classes,
    layers,
    outputs: [{ layer: layers.at(-1)!.name, role: 'logits', lossWeight: 1 }],
  }
}

/** Normalization takes no number in the sequence, so that torchvision's weights fit with it and without. */
function features({ lrn, widthMultiplier }: AlexNetSpec): Link[] {
  const width = (channels: number): number => settings.scaled(channels, widthMultiplier)
  const normalized = (place: number): Link[] =>
    lrn ? [responseNorm(`features.lrn${place}`, `lrn${place}`)] : []
  return [
    convolution('features.0', 'conv1', width(64), 11, { stride: 4, padding: 2 }),
    relu('features.1', 'relu1'),
    ...normalized(1),
    maxPool('features.2', 'pool1', 3, 2),
    convolution('features.3', 'conv2', width(192), 5),
    relu('features.4', 'relu2'),
    ...normalized(2),
    maxPool('features.5', 'pool2', 3, 2),
    convolution('features.6', 'conv3', width(384), 3),
    relu('features.7', 'relu3'),
    convolution('features.8', 'conv4', width(256), 3),
    relu('features.9', 'relu4'),
    convolution('features.10', 'conv5', width(256), 3),
    relu('features.11', 'relu5'),
    maxPool('features.12', 'pool5', 3, 2),
  ]
}

function classifier({ fcWidth, dropout }: AlexNetSpec, classes: number): Link[] {
  return [
    { kind: 'flatten', name: 'flatten', label: 'flatten' },
    ...dropoutLinks('classifier.0', 'dropout6', dropout),
    linear('classifier.1', 'fc6', fcWidth),
    relu('classifier.2', 'relu6'),
    ...dropoutLinks('classifier.3', 'dropout7', dropout),
    linear('classifier.4', 'fc7', fcWidth),
    relu('classifier.5', 'relu7'),
    linear('classifier.6', 'fc8', classes),
  ]
}

export const alexnet: Architecture<AlexNetSpec> = {
  family: 'alexnet',
  title: 'AlexNet',
  schema,
  crop: {
    usual: 227,
    least: 63,
    step: 32,
  },
  build,
  titleOf: ({ lrn, head }) =>
    `AlexNet${lrn ? '' : ' without response normalization'}${settings.headTitle(head)}`,
  shortName: ({ config }) => config,
  widthOf: ({ widthMultiplier }) => widthMultiplier,
  torchvision: { convolution: moduleDefault, linear: moduleDefault },
  defaultInitialization: ({ head }) => (head === 'fc' ? 'torchvision' : 'he-small-last'),
  staged: null,
  externalNames: {
    torchvision: {
      model: ({ lrn, head }) => (lrn || head !== 'fc' ? null : 'alexnet'),
    },
  },
  headSettings: ['head', 'fcWidth', 'dropout'],
  linearHead: (spec) => ({ ...spec, head: 'linear' }),
  ofFile: ({ isNormalized, width }) => (isNormalized ? null : { lrn: false, widthMultiplier: width }),
  ofNames: () => null,
  ofHead: settings.ofHead,
  // Krizhevsky et al. 2012, §5.
  recipe: { data: { crop: 227 }, optimization: { epochs: 90, batchSize: 128 } },
  cards: {},
  settings: [{ setting: 'lrn', kind: 'switch' }, ...settings.classifierFields],
  savings: {
    settings: settings.savingSettings,
    classifier: settings.narrower,
    channels: settings.thinner,
  },
  advice: {
    stuck: () => ({ first: [], later: [] }),
    overfitting: settings.regularization,
  },
}
