import { buildNetwork, entryOf } from '../../core/network/architectures/index.ts'
import { allConfigs } from '../../core/network/architectures/names.ts'
import { chain, convolution, linear, maxPool, relu, responseNorm } from '../../core/network/chain.ts'
import type { Layer, Network } from '../../core/network/types.ts'
import { specWith } from './build.ts'

/** Networks whose layers are held against PyTorch's figures (test/reference/layers.py). */
export function describedNetworks(): Readonly<Record<string, Network>> {
  const configurations = allConfigs.map((config) => {
    const spec = specWith(config, { widthMultiplier: 1 / 16, fcWidth: 24 })
    return [config, buildNetwork({ ...spec, classes: 10, crop: entryOf(spec).crop.usual })] as const
  })
  return { everyKind, ...Object.fromEntries(configurations) }
}

const windowed = { kernel: 3, stride: 2, padding: 1, ceilMode: true } as const

/** Each kind of layer at least once, in the forms that change what a layer is like: on images that no field fills. */
const layers: readonly Layer[] = [
  ...chain([
    convolution('conv1', 'conv1', 12, 5, { stride: 2, padding: 1 }),
    { kind: 'batchNorm', name: 'bn1', label: 'bn1', epsilon: 1e-5, momentum: 0.1 },
    relu('relu1', 'relu1'),
    responseNorm('lrn1', 'lrn1'),
    { kind: 'maxPool', name: 'pool1', label: 'pool1', ...windowed },
    { ...convolution('grouped', 'grouped', 18, 3, { bias: false }), groups: 3 },
    { kind: 'averagePool', name: 'pool2', label: 'pool2', ...windowed, countIncludePad: false },
    { ...convolution('depthwise', 'depthwise', 18, 3), groups: 18 },
    convolution('pointwise', 'pointwise', 12, 1),
  ]),
  { ...convolution('wide', 'wide', 12, 5, { bias: false }), inputs: ['pool2'] },
  { kind: 'add', name: 'sum', label: 'sum', inputs: ['pointwise', 'wide'] },
  { kind: 'concat', name: 'joined', label: 'joined', inputs: ['pointwise', 'sum', 'pool2'] },
  ...chain(
    [
      { kind: 'globalAveragePool', name: 'squeeze', label: 'squeeze' },
      linear('reduce', 'reduce', 7),
      relu('relu2', 'relu2'),
      { ...linear('expand', 'expand', 42), bias: false } as ReturnType<typeof linear>,
      { kind: 'sigmoid', name: 'gate', label: 'gate' },
    ],
    'joined',
  ),
  { kind: 'scaleChannels', name: 'scaled', label: 'scaled', inputs: ['joined', 'gate'] },
  ...chain(
    [
      maxPool('pool3', 'pool3', 2, 2),
      { kind: 'adaptiveAveragePool', name: 'adapted', label: 'adapted', side: 4 },
      { kind: 'dropout', name: 'dropout', label: 'dropout', rate: 0.5 },
      { kind: 'flatten', name: 'flatten', label: 'flatten' },
      linear('fc', 'fc', 5),
    ],
    'scaled',
  ),
]

const everyKind: Network = {
  name: 'everyKind',
  title: 'Every kind',
  input: [3, 97, 97],
  classes: 5,
  layers,
  outputs: [{ layer: 'fc', role: 'logits', lossWeight: 1 }],
}
