import { checkVggOptions } from './options.ts'
import type { Convolution, Layer, Network, VggConfig, VggOptions } from './types.ts'

export { vggDefaults } from './options.ts'

type WithoutInputs<L> = L extends Layer ? Omit<L, 'inputs'> : never
type Link = WithoutInputs<Layer>

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
 *
 * @throws StudioError `invalid-option`, naming the option.
 */
export function buildVgg(options: VggOptions): Network {
  checkVggOptions(options)
  const layers = chain([...features(options), ...classifier(options)])
  return {
    name: options.config,
    input: [3, options.crop, options.crop],
    classes: options.classes,
    layers,
    outputs: [{ layer: 'classifier.6', role: 'logits', lossWeight: 1 }],
  }
}

function features({ config, batchNorm, widthMultiplier }: VggOptions): Link[] {
  const layers: Link[] = []
  let position = 0
  const next = (): string => `features.${position++}`
  groups[config].forEach((kernels, group) => {
    const outChannels = Math.max(1, Math.round(widths[group]! * widthMultiplier))
    kernels.forEach((kernel, index) => {
      const place = `${group + 1}-${index + 1}`
      layers.push(convolution(next(), place, outChannels, kernel))
      if (batchNorm) {
        layers.push({ kind: 'batchNorm', name: next(), label: `bn${place}`, epsilon: 1e-5, momentum: 0.1 })
      }
      layers.push({ kind: 'relu', name: next(), label: `relu${place}` })
      if (config === 'A-LRN' && group === 0) layers.push(responseNorm)
    })
    layers.push({
      kind: 'maxPool',
      name: next(),
      label: `pool${group + 1}`,
      kernel: 2,
      stride: 2,
      padding: 0,
      ceilMode: false,
    })
  })
  return layers
}

function convolution(
  name: string,
  place: string,
  outChannels: number,
  kernel: number,
): Omit<Convolution, 'inputs'> {
  const padding = (kernel - 1) / 2
  return {
    kind: 'convolution',
    name,
    label: `conv${place}`,
    outChannels,
    kernel,
    stride: 1,
    padding,
    groups: 1,
    bias: true,
  }
}

/** Takes no number in the sequence, so that A-LRN's parameters have A's names and A's weights fit it. */
const responseNorm: Link = {
  kind: 'localResponseNorm',
  name: 'features.lrn1',
  label: 'lrn1',
  size: 5,
  alpha: 1e-4,
  beta: 0.75,
  k: 2,
}

function classifier({ classes, fcWidth, dropout }: VggOptions): Link[] {
  const dropped = (name: string, label: string): Link[] =>
    dropout === 0 ? [] : [{ kind: 'dropout', name, label, rate: dropout }]
  return [
    { kind: 'flatten', name: 'flatten', label: 'flatten' },
    { kind: 'linear', name: 'classifier.0', label: 'fc6', outFeatures: fcWidth, bias: true },
    { kind: 'relu', name: 'classifier.1', label: 'relu6' },
    ...dropped('classifier.2', 'dropout6'),
    { kind: 'linear', name: 'classifier.3', label: 'fc7', outFeatures: fcWidth, bias: true },
    { kind: 'relu', name: 'classifier.4', label: 'relu7' },
    ...dropped('classifier.5', 'dropout7'),
    { kind: 'linear', name: 'classifier.6', label: 'fc8', outFeatures: classes, bias: true },
  ]
}

/** Each layer takes what the one before it gives. */
function chain(links: readonly Link[]): Layer[] {
  return links.map((link, index) => ({ ...link, inputs: [links[index - 1]?.name ?? 'input'] }))
}
