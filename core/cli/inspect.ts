import { Argument, type Command } from 'commander'
import { describe, trainingMemory, type LayerDescription, type TrainingMemory } from '../network/cost.ts'
import { vggConfigs, type VggConfig, type VggOptions } from '../network/types.ts'
import { buildVgg, vggDefaults } from '../network/vgg.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { bytes, count, counted, decimal } from './format.ts'
import { dropoutRate, positive, whole } from './options.ts'
import { table } from './table.ts'

interface Options extends CommonOptions {
  readonly crop: number
  readonly classes: number
  readonly batch: number
  readonly batchNorm?: boolean
  readonly dropout: number
  readonly fcWidth: number
  readonly widthMultiplier: number
}

export interface Inspection extends VggOptions {
  readonly parameters: number
  readonly multiplyAdds: number
  readonly batch: number
  readonly trainingMemory: TrainingMemory
  readonly layers: readonly LayerDescription[]
}

export function addInspect(program: Command): void {
  addCommand(program, 'inspect', {
    summary: 'show what a network consists of and what it costs',
    description:
      'Prints the layers of a VGG with output shape, memory, parameters, multiply-adds and receptive field, and the memory that training takes.',
    examples: [
      'inspect D',
      'inspect D --crop 224 --classes 10 --batch 16',
      'inspect A --batch-norm --crop 64 --json',
    ],
  })
    .addArgument(new Argument('<config>', 'which VGG').choices(vggConfigs))
    .option('--crop <pixels>', 'side of the square input', whole(32, 4096), vggDefaults.crop)
    .option('--classes <number>', 'number of classes', whole(2), 1000)
    .option('--batch <images>', 'images in memory at once while training', whole(1), 32)
    .option('--batch-norm', 'batch normalization after each convolution')
    .option('--dropout <rate>', 'dropout after the first two FC layers', dropoutRate, vggDefaults.dropout)
    .option('--fc-width <number>', 'width of the first two FC layers', whole(1), vggDefaults.fcWidth)
    .option('--width-multiplier <factor>', 'multiplies the convolutions’ widths', positive, 1)
    .action((config: VggConfig, options: Options) =>
      perform(options, ({ terminal }) => {
        const inspection = inspect(config, options)
        terminal.result(inspection, () => textOf(inspection))
      }),
    )
}

function inspect(config: VggConfig, options: Options): Inspection {
  const { crop, classes, batch, batchNorm = false, dropout, fcWidth, widthMultiplier } = options
  const choice = { config, classes, crop, batchNorm, dropout, fcWidth, widthMultiplier }
  const network = buildVgg(choice)
  const { parameters, multiplyAdds, layers } = describe(network)
  return {
    ...choice,
    parameters,
    multiplyAdds,
    batch,
    trainingMemory: trainingMemory(network, batch),
    layers,
  }
}

function textOf(inspection: Inspection): string {
  const { config, batchNorm, crop, classes, parameters, multiplyAdds, layers } = inspection
  const title = `VGG ${config}${batchNorm ? ' with batch normalization' : ''}, ${counted(classes, 'class', 'classes')}, input 3×${crop}×${crop}`
  const totals = `${count(parameters)} parameters, ${decimal(multiplyAdds / 1e6)} M multiply-adds per image`
  const omitted = 'ReLU, dropout and flatten change no shape and have no parameters; they are left out here.'
  return [title, totals, '', layerTable(layers), '', omitted, '', memoryText(inspection)].join('\n')
}

const unshown = new Set(['relu', 'dropout', 'flatten'])

function layerTable(layers: readonly LayerDescription[]): string {
  const right = 'right' as const
  const columns = [
    { title: 'layer' },
    { title: 'output', align: right },
    { title: 'memory KB', align: right },
    { title: 'parameters k', align: right },
    { title: 'without biases k', align: right },
    { title: 'multiply-adds M', align: right },
    { title: 'receptive field', align: right },
  ]
  const shown = layers.filter(({ kind }) => !unshown.has(kind))
  const rows = shown.map((layer) => [
    layer.label,
    layer.outputShape.join('×'),
    decimal(layer.memory / 1024),
    decimal(layer.parameters / 1000),
    decimal(layer.weights / 1000),
    decimal(layer.multiplyAdds / 1e6),
    String(layer.receptiveField),
  ])
  const sum = (of: (layer: LayerDescription) => number): number =>
    shown.reduce((all, layer) => all + of(layer), 0)
  const total = [
    'total',
    '',
    decimal(sum(({ memory }) => memory) / 1024),
    decimal(sum((layer) => layer.parameters) / 1000),
    decimal(sum(({ weights }) => weights) / 1000),
    decimal(sum(({ multiplyAdds }) => multiplyAdds) / 1e6),
    '',
  ]
  return table(columns, [...rows, total])
}

function memoryText({ batch, trainingMemory: memory }: Inspection): string {
  return [
    `Memory for training with ${counted(batch, 'image')} at once: ${bytes(memory.total)}`,
    `  parameters ${bytes(memory.parameters)}, gradients ${bytes(memory.gradients)}, momentum ${bytes(memory.momentum)}, activations ${bytes(memory.activations)}`,
  ].join('\n')
}
