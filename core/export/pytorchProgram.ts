import { inputShapes, layerShapes } from '../network/shapes.ts'
import type { Layer, Network, Output, Shape } from '../network/types.ts'
import { withoutAuxiliary } from '../network/withoutAuxiliary.ts'

/**
 * `model.py`: the network in PyTorch, layer by layer, with modules under the names that its weights have, so that they
 * load with strict=True. As it is for inference, without auxiliary classifiers.
 * @param renamed names of its parameters, by those that the file has instead; null where all names and shapes are its own
 */
export function pytorchProgram(
  trained: Network,
  renamed: Readonly<Record<string, string>> | null = null,
): string {
  const network = withoutAuxiliary(trained)
  const hasOther = renamed !== null
  const { layer: logits } = network.outputs.find(({ role }) => role === 'logits')!
  const model = modelClass(network, `logits N x ${network.classes}`, (variables) => variables.get(logits)!)
  // The other library may have a gate's products as convolutions.
  const load = hasOther
    ? `    own = model.state_dict()
    weights = {NAMES.get(name, name): value for name, value in weights.items()}
    weights = {name: value.reshape(own[name].shape) for name, value in weights.items()}
    model.load_state_dict(weights, strict=True)`
    : '    model.load_state_dict(weights, strict=True)'
  const names = hasOther
    ? `# The names of parameters here, by those in the file.\nNAMES = ${JSON.stringify(renamed, null, 4)}\n\n\n`
    : ''
  return `"""${network.title}: the network that model.safetensors holds the weights of. Needs torch and safetensors."""

import os

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F


${names}${model}


def load_model(folder=os.path.dirname(os.path.abspath(__file__))):
    """The network with its weights, for inference."""
    model = Model()
    weights = load_file(os.path.join(folder, "model.safetensors"))
${load}
    return model.eval()
`
}

/**
 * The same network for training it, without weights: `Model` gives a list with what each of `outputs` scores, N × classes,
 * in that order.
 */
export function trainingProgram(network: Network, outputs: readonly Output[]): string {
  const scored = (variables: ReadonlyMap<string, string>): string =>
    `[${outputs.map(({ layer }) => variables.get(layer)!).join(', ')}]`
  return `"""${network.title}, for training. Needs torch."""

import torch
from torch import nn
from torch.nn import functional as F


${modelClass(network, `a list of ${outputs.length}, each N x ${network.classes}`, scored)}
`
}

/** @param returned Python of what `forward` returns, by the variables of layers */
function modelClass(
  network: Network,
  result: string,
  returned: (variables: ReadonlyMap<string, string>) => string,
): string {
  const shapes = layerShapes(network)
  const variables = variableNames(network)
  const modules = network.layers.flatMap((layer) => {
    const made = moduleOf(layer, inputShapes(layer, shapes)[0]!)
    return made === null ? [] : [`        put(self, ${text(layer.name)}, ${made})`]
  })
  const steps = network.layers.map((layer) => {
    const inputs = layer.inputs.map((name) => variables.get(name)!)
    return `        ${variables.get(layer.name)!} = ${stepOf(layer, inputs)}`
  })
  const [channels, height, width] = network.input
  return `def put(root, path, module):
    """Adds a module under a dotted name, as its weights are called."""
    *parents, name = path.split(".")
    for parent in parents:
        if not hasattr(root, parent):
            root.add_module(parent, nn.Module())
        root = getattr(root, parent)
    root.add_module(name, module)


class Model(nn.Module):
    """Images N x ${channels} x ${height} x ${width}, normalized, to ${result}."""

    def __init__(self):
        super().__init__()
${modules.join('\n')}

    def forward(self, images):
${steps.join('\n')}
        return ${returned(variables)}`
}

const text = (value: string): string => JSON.stringify(value)

/** A Python variable for each layer's output; one that nothing but the next layer reads is called x. */
function variableNames(network: Network): ReadonlyMap<string, string> {
  const readers = Map.groupBy(
    network.layers.flatMap(({ inputs }, index) => inputs.map((name) => ({ name, index }))),
    ({ name }) => name,
  )
  const names = new Map([['input', 'images']])
  network.layers.forEach(({ name }, index) => {
    const reading = readers.get(name) ?? []
    const isLast = index === network.layers.length - 1
    const isChain = isLast || (reading.length > 0 && reading.every((reader) => reader.index === index + 1))
    names.set(name, isChain ? 'x' : `x${index}`)
  })
  return names
}

const flag = (value: boolean): string => (value ? 'True' : 'False')

/** The module that holds a layer's parameters; null for layers without any. */
function moduleOf(layer: Layer, input: Shape): string | null {
  switch (layer.kind) {
    case 'convolution': {
      const { outChannels, kernel, stride, padding, groups, dilation = 1, bias } = layer
      return `nn.Conv2d(${input[0]}, ${outChannels}, ${kernel}, stride=${stride}, padding=${padding}, dilation=${dilation}, groups=${groups}, bias=${flag(bias)})`
    }
    case 'linear':
      return `nn.Linear(${input[0]}, ${layer.outFeatures}, bias=${flag(layer.bias)})`
    case 'batchNorm':
      return `nn.BatchNorm2d(${input[0]}, eps=${layer.epsilon}, momentum=${layer.momentum})`
    default:
      return null
  }
}

function stepOf(layer: Layer, inputs: readonly string[]): string {
  const [x] = inputs as readonly [string]
  switch (layer.kind) {
    case 'convolution':
    case 'linear':
    case 'batchNorm':
      return `self.get_submodule(${text(layer.name)})(${x})`
    case 'relu':
      return `F.relu(${x})`
    case 'sigmoid':
      return `torch.sigmoid(${x})`
    case 'dropout':
      return `F.dropout(${x}, ${layer.rate}, self.training)`
    case 'flatten':
      return `torch.flatten(${x}, 1)`
    case 'add':
      return inputs.join(' + ')
    case 'concat':
      return `torch.cat([${inputs.join(', ')}], 1)`
    case 'maxPool':
      return `F.max_pool2d(${x}, ${layer.kernel}, ${layer.stride}, ${layer.padding}, ceil_mode=${flag(layer.ceilMode)})`
    case 'averagePool':
      return `F.avg_pool2d(${x}, ${layer.kernel}, ${layer.stride}, ${layer.padding}, ${flag(layer.ceilMode)}, ${flag(layer.countIncludePad)})`
    case 'adaptiveAveragePool':
      return `F.adaptive_avg_pool2d(${x}, ${layer.side})`
    case 'globalAveragePool':
      return `${x}.mean((2, 3))`
    case 'scaleChannels':
      return `${x} * ${inputs[1]!}[:, :, None, None]`
    case 'localResponseNorm':
      // PyTorch divides alpha by the number of channels.
      return `F.local_response_norm(${x}, ${layer.size}, ${layer.alpha * layer.size}, ${layer.beta}, ${layer.k})`
  }
}
