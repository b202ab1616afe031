import type { Layer, Network } from '../../core/network/types.ts'
import { type VggOptions, buildVgg, vggDefaults } from './build.ts'

export const vgg = (options: Partial<VggOptions> & Pick<VggOptions, 'config'>): Network =>
  buildVgg({ ...vggDefaults, classes: 1000, ...options })

/** A network from hand-written layers; the last one gives the logits. */
export function network(
  layers: readonly Layer[],
  input: Network['input'],
  classes: number,
  outputs: Network['outputs'] = [{ layer: layers.at(-1)!.name, role: 'logits', lossWeight: 1 }],
): Network {
  return { name: 'example', title: 'Example', input, classes, layers, outputs }
}

export const named = (name: string, ...inputs: string[]) => ({ name, label: name, inputs })

export const convolution = (
  name: string,
  input: string,
  outChannels: number,
  kernel: number,
  options: { stride?: number; padding?: number; groups?: number; bias?: boolean } = {},
): Layer => ({
  kind: 'convolution',
  ...named(name, input),
  outChannels,
  kernel,
  stride: options.stride ?? 1,
  padding: options.padding ?? (kernel - 1) / 2,
  groups: options.groups ?? 1,
  bias: options.bias ?? true,
})

const batchNorm = (name: string, input: string): Layer => ({
  kind: 'batchNorm',
  ...named(name, input),
  epsilon: 1e-5,
  momentum: 0.1,
})

/** A stem and one ResNet block that halves the map, with a projection on the short way; global pooling; 10 classes. */
export const residual: Network = network(
  [
    convolution('conv1', 'input', 8, 3, { bias: false }),
    batchNorm('bn1', 'conv1'),
    { kind: 'relu', ...named('relu1', 'bn1') },
    convolution('block.conv1', 'relu1', 16, 3, { stride: 2, bias: false }),
    batchNorm('block.bn1', 'block.conv1'),
    { kind: 'relu', ...named('block.relu', 'block.bn1') },
    convolution('block.conv2', 'block.relu', 16, 3, { bias: false }),
    batchNorm('block.bn2', 'block.conv2'),
    convolution('block.downsample', 'relu1', 16, 1, { stride: 2, bias: false }),
    { kind: 'add', ...named('block.add', 'block.bn2', 'block.downsample') },
    { kind: 'relu', ...named('block.out', 'block.add') },
    { kind: 'globalAveragePool', ...named('avgpool', 'block.out') },
    { kind: 'linear', ...named('fc', 'avgpool'), outFeatures: 10, bias: true },
  ],
  [3, 33, 33],
  10,
)

/** AlexNet's overlapping pooling, then an inception module of three branches, and an auxiliary classifier; 5 classes. */
export const inception: Network = network(
  [
    convolution('stem', 'input', 16, 7, { stride: 2, padding: 3 }),
    { kind: 'relu', ...named('stem.relu', 'stem') },
    { kind: 'localResponseNorm', ...named('stem.norm', 'stem.relu'), size: 5, alpha: 1e-4, beta: 0.75, k: 2 },
    { kind: 'maxPool', ...named('pool', 'stem.norm'), kernel: 3, stride: 2, padding: 0, ceilMode: false },
    convolution('a', 'pool', 8, 1),
    convolution('b.reduce', 'pool', 4, 1),
    convolution('b', 'b.reduce', 12, 3),
    convolution('c.reduce', 'pool', 2, 1),
    convolution('c', 'c.reduce', 6, 5),
    { kind: 'concat', ...named('mixed', 'a', 'b', 'c') },
    { kind: 'relu', ...named('mixed.relu', 'mixed') },
    { kind: 'flatten', ...named('aux.flatten', 'pool') },
    { kind: 'linear', ...named('aux.fc', 'aux.flatten'), outFeatures: 5, bias: true },
    { kind: 'globalAveragePool', ...named('average', 'mixed.relu') },
    { kind: 'dropout', ...named('dropout', 'average'), rate: 0.4 },
    { kind: 'linear', ...named('fc', 'dropout'), outFeatures: 5, bias: true },
  ],
  [3, 64, 64],
  5,
  [
    { layer: 'fc', role: 'logits', lossWeight: 1 },
    { layer: 'aux.fc', role: 'auxiliary', lossWeight: 0.3 },
  ],
)
