import { Argument, InvalidArgumentError, type Command } from 'commander'
import { StudioError, type ErrorFact } from '../base/errors.ts'
import type { EngineName, MemoryEstimate, Precision } from '../engine/types.ts'
import { describe, type LayerDescription } from '../network/cost.ts'
import { layersCsv } from '../network/layersCsv.ts'
import { allConfigs, type Config } from '../network/architectures/names.ts'
import type { NetworkOptions } from '../network/architectures/index.ts'
import type { Split } from '../network/split.ts'
import type { Network } from '../network/types.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { addExecution, type ExecutionFlags } from './execution.ts'
import { bytes, count, counted, decimal } from './format.ts'
import { graphStage, trainingGraphStages, type GraphStage } from './inspectGraph.ts'
import { collect, dropoutRate, positive, whole } from './options.ts'
import { table } from './table.ts'
import type { Catalog } from '../messages/catalog.ts'
import { placeText } from '../messages/en/computing.ts'
import { lineOf } from '../messages/text.ts'

interface Options extends CommonOptions, ExecutionFlags {
  readonly crop?: number
  readonly classes: number
  readonly batch: number
  readonly microBatch?: number
  readonly batchNorm?: boolean
  readonly graph?: boolean
  readonly headOnly?: boolean
  readonly csv?: boolean
  readonly dropout?: number
  readonly fcWidth?: number
  readonly widthMultiplier?: number
  readonly set?: readonly string[]
}

export type Inspection = NetworkOptions & Costs

interface Costs {
  /** Display text: `VGG D with batch normalization`. */
  readonly title: string
  readonly parameters: number
  readonly multiplyAdds: number
  readonly batch: number
  readonly microBatch: number
  /** What the memory is estimated for. */
  readonly engine: EngineName
  readonly device: string
  readonly precision: Precision
  /** Why the engine can't train it there; null where it can. */
  readonly unsupported: ErrorFact | null
  readonly trainingMemory: MemoryEstimate
  /** The memory is for the head alone, on features that are computed once. */
  readonly headOnly: boolean
  readonly layers: readonly LayerDescription[]
  /** With --graph. */
  readonly graphs?: readonly GraphStage[]
}

export function addInspect(program: Command): void {
  const command = addCommand(program, 'inspect', {
    summary: 'show what a network consists of and what it costs',
    description:
      'Prints the layers of a network with output shape, memory, parameters, multiply-adds and receptive field, and the memory that training takes with an engine.',
    examples: [
      'inspect D',
      'inspect D --crop 224 --classes 10 --batch 16',
      'inspect D --crop 128 --set head=linear --head-only',
      'inspect D --batch 256 --micro-batch 16 --engine tensorflow --precision bf16',
      'inspect A --batch-norm --crop 64 --json',
      'inspect A --graph --engine onnxruntime',
      'inspect alexnet --set lrn=false',
      'inspect D --csv > layers.csv',
      'inspect googlenet --set auxiliary=false',
      'inspect resnet50 --set squeezeExcitation=16',
    ],
  })
    .addArgument(new Argument('<config>', 'network').choices(allConfigs))
    .option('--crop <pixels>', 'side of the square input (default: the paper’s)', whole(32, 4096))
    .option('--classes <number>', 'number of classes', whole(2), 1000)
    .option('--batch <images>', 'images per update', whole(1), 32)
    .option('--micro-batch <images>', 'images in memory at once (default: the batch)', whole(1))
    .option('--batch-norm', 'batch normalization after each convolution (VGG)')
    .option('--dropout <rate>', 'dropout of the first two FC layers (default: 0.5)', dropoutRate)
    .option('--fc-width <number>', 'width of the first two FC layers (default: 4096)', whole(1))
    .option('--width-multiplier <factor>', 'multiplies the convolutions’ widths', positive)
    .option('--set <key=value>', 'one setting of the network, such as lrn=false; can be repeated', collect)
    .option(
      '--head-only',
      'estimate for training the head alone, on features that are computed once, as the preset fine-tune does',
    )
    .option('--csv', 'print the layers as comma-separated values, and nothing else')
    .option('--graph', 'print the training graph too, before and after each pass that rewrites it')
  addExecution(command, 'usual').action((config: Config, options: Options) =>
    perform(options, async ({ terminal }) => {
      const { inspection, network } = await inspect(config, options)
      if (options.csv) return terminal.result(inspection, () => layersCsv(inspection.layers))
      if (!options.graph) return terminal.result(inspection, () => textOf(inspection, terminal.texts))
      const stages = await trainingGraphStages(network, inspection.engine, inspection.device)
      const { stagesText } = await import('./graphText.ts')
      terminal.result({ ...inspection, graphs: stages.map(graphStage) }, () =>
        [textOf(inspection, terminal.texts), '', stagesText(stages)].join('\n'),
      )
    }),
  )
}

async function inspect(config: Config, options: Options) {
  const { batch } = options
  const { buildNetwork, entryOf } = await import('../network/architectures/index.ts')
  const choice = await chosen(config, options)
  const network = buildNetwork(choice)
  const { parameters, multiplyAdds, layers } = describe(network)
  const microBatch = Math.min(options.microBatch ?? batch, batch)
  const { findEngine } = await import('../engine/index.ts')
  const { neededMemory } = await import('../training/microBatchSize.ts')
  const engine = findEngine(options.engine ?? 'auto')
  const device = given(options.device) ?? 'cpu'
  const precision = given(options.precision) ?? 'fp32'
  const limit = engine.supports(network, { device, microBatch })
  const { unsupportedError } = await import('../engine/supports.ts')
  const split = options.headOnly ? await headSplit(network) : null
  const place = { engine, device, precision, split, available: Infinity }
  const inspection: Inspection = {
    ...choice,
    title: entryOf(choice).titleOf(choice),
    parameters,
    multiplyAdds,
    batch,
    microBatch,
    engine: engine.name,
    device,
    precision,
    unsupported: limit && unsupportedError({ engine: engine.name, device }, limit).fact,
    trainingMemory: neededMemory(network, microBatch, batch, place),
    headOnly: split !== null,
    layers,
  }
  return { inspection, network }
}

/** @throws InvalidArgumentError where the head cannot be cut off */
async function headSplit(network: Network): Promise<Split> {
  const { splitHead } = await import('../network/split.ts')
  const { frozenLayers } = await import('../training/layers.ts')
  const { allButHead } = await import('../training/recipeSchema.ts')
  const split = splitHead(network, new Set(frozenLayers(network, { frozen: [allButHead], unfreeze: null })))
  if (split) return split
  throw new InvalidArgumentError(`--head-only: ${network.title} has no head that could be trained alone.`)
}

/** What the flags and `--set` say, and the family's defaults. @throws InvalidArgumentError for what it does not take */
async function chosen(config: Config, options: Options): Promise<NetworkOptions> {
  const { batchNorm, dropout, fcWidth, widthMultiplier, crop, classes, set = [] } = options
  const { networkOptions, applySettings } = await import('../training/recipe.ts')
  const flags = Object.entries({ batchNorm, dropout, fcWidth, widthMultiplier })
  const network = { config, ...Object.fromEntries(flags.filter(([, value]) => value !== undefined)) }
  const settings = [
    ...set.map((setting) => `network.${setting}`),
    ...(crop === undefined ? [] : [`data.crop=${crop}`]),
  ]
  try {
    return networkOptions(applySettings({ network }, settings), classes)
  } catch (error) {
    if (!(error instanceof StudioError)) throw error
    throw new InvalidArgumentError(error.hint ? `${error.message}\n${error.hint}` : error.message)
  }
}

function given<T extends string>(value: T | 'auto' | undefined): Exclude<T, 'auto'> | undefined {
  return value === 'auto' ? undefined : (value as Exclude<T, 'auto'> | undefined)
}

function textOf(inspection: Inspection, texts: Catalog): string {
  const { crop, classes, parameters, multiplyAdds, layers } = inspection
  const title = `${inspection.title}, ${counted(classes, 'class', 'classes')}, input 3×${crop}×${crop}`
  const totals = `${count(parameters)} parameters, ${decimal(multiplyAdds / 1e6)} M multiply-adds per image`
  const omitted = 'ReLU, dropout and flatten change no shape and have no parameters; they are left out here.'
  const auxiliary = layers.some(({ isAuxiliary }) => isAuxiliary)
    ? ['Layers of auxiliary classifiers (aux…) are there in training only; totals are without them.']
    : []
  const { unsupported } = inspection
  const last = unsupported ? lineOf(texts, unsupported) : memoryText(inspection)
  return [title, totals, '', layerTable(layers), '', omitted, ...auxiliary, '', last].join('\n')
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
    shown.reduce((all, layer) => all + (layer.isAuxiliary ? 0 : of(layer)), 0)
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

function memoryText(inspection: Inspection): string {
  const { batch, microBatch, engine, device, precision, trainingMemory: memory } = inspection
  const parts = microBatch < batch ? ` of ${batch}` : ''
  const what = inspection.headOnly ? 'computing features once and training the head on them' : 'training'
  return [
    `Memory for ${what} with ${counted(microBatch, 'image')}${parts} at once (${placeText({ engine, device })}, ${precision}): about ${bytes(memory.step)}, and ${bytes(memory.total)} at an epoch’s end`,
    `  parameters ${bytes(memory.parameters)}, gradients ${bytes(memory.gradients)}, momentum ${bytes(memory.momentum)}, activations ${bytes(memory.activations)}, engine ${bytes(memory.workspace)}; for checkpoint and validation ${bytes(memory.epochEnd)}`,
  ].join('\n')
}
