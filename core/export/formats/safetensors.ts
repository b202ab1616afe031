import { join } from 'node:path'
import { StudioError, throwIfAborted } from '../../base/errors.ts'
import { writeAtomic } from '../../base/files.ts'
import type { Tensor, Tensors } from '../../base/tensor.ts'
import { findEngine } from '../../engine/index.ts'
import { denseForm } from '../../evaluation/forms.ts'
import { libraryTensors, loadingModel, type LibraryModel } from '../../network/architectures/libraryModels.ts'
import { denseWeights } from '../../network/dense.ts'
import { parameters } from '../../network/parameters.ts'
import type { Network } from '../../network/types.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { readSafetensors, writeSafetensors } from '../../weights/safetensors.ts'
import { isSmaller } from '../formatNames.ts'
import { readPicture } from '../loaders/picture.ts'
import { modelInput, probabilitiesOf } from '../loaders/preprocess.ts'
import { metadata, readRules } from '../preprocessing.ts'
import { pytorchProgram } from '../pytorchProgram.ts'
import type { ExportSource } from '../types.ts'
import type { Exporter, RuntimeAnswer, Reopened, ReopenInput } from '../exporter.ts'

/** In the file's metadata: the network as data, by which it can be run again. */
const networkKey = 'vgg-studio.network'
/** Where another library's names stand in the file: the names in that network, by these. */
const namesKey = 'vgg-studio.names'

/** Weights under torchvision's names, and the network in PyTorch. */
export const safetensors: Exporter = {
  files: ['model.safetensors'],
  programs: ['model.py'],
  layout: 'NCHW',
  loaders: ['classify.py'],
  tolerance: () => 1e-3,
  runtimes: ['read-back'],
  async write(source, rules, { preprocessing, dense, batch, weights: kept }, folder) {
    if (preprocessing === 'inside') throw new StudioError('export-choice', { what: 'inside' })
    if (batch !== 'any') throw new StudioError('export-choice', { what: 'batch' })
    if (isSmaller(kept)) throw new StudioError('export-choice', { what: 'weights' })
    const plain = withoutAuxiliary(source.network)
    const network = dense ? denseForm(plain, 'dense') : plain
    const weights = dense ? denseWeights(plain, source.weights) : source.weights
    const tensors: Tensors = new Map(parameters(network).map(({ name }) => [name, weights.get(name)!]))
    const library = loadingModelOf(source, dense)
    const named = library ? libraryTensors(library, tensors) : tensors
    const own = [...tensors.keys()]
    const names = [...named.keys()].map((name, index) => [name, own[index]!] as const)
    const renamed = Object.fromEntries(names.filter(([name, ours]) => name !== ours))
    const isOther = [...tensors].some(([name, { shape }]) => named.get(name)?.shape.join() !== shape.join())
    const told = {
      ...{ ...metadata(rules), format: 'pt' },
      ...(library && { library: nameOf(library) }),
      ...{ [networkKey]: JSON.stringify(network), [namesKey]: JSON.stringify(renamed) },
    }
    await writeSafetensors(join(folder, 'model.safetensors'), named, told)
    await writeAtomic(join(folder, 'model.py'), pytorchProgram(network, isOther ? renamed : null))
  },
  reopen: readBack,
}

/** `torchvision/vgg16_bn` */
const nameOf = ({ library, model }: LibraryModel): string => `${library}/${model}`

/** Another library's model that loads these weights strictly. */
export const loadingModelOf = ({ options }: ExportSource, dense: boolean): LibraryModel | null =>
  options === undefined || dense ? null : loadingModel(options)

/** Reads the file again and runs what it holds, from pictures on. */
export async function readBack(runtime: string, input: ReopenInput): Promise<Reopened> {
  const { folder, pictures, onPicture, signal } = input
  const rules = await readRules(folder)
  const { tensors: stored, metadata: told } = await readSafetensors(join(folder, 'model.safetensors'))
  const network = JSON.parse(told[networkKey]!) as Network
  const tensors = underOwnNames(network, stored, JSON.parse(told[namesKey] ?? '{}') as Record<string, string>)
  const predictor = await findEngine('onnxruntime').predictor(network, tensors, { precision: 'fp32' })
  const answers: RuntimeAnswer[] = []
  try {
    for (const path of pictures) {
      throwIfAborted(signal)
      const started = performance.now()
      const { data, shape } = modelInput(await readPicture(path), rules)
      const { data: logits } = await predictor.logits({ data, shape } as Tensor)
      const probabilities = [...probabilitiesOf(logits, rules)]
      answers.push({ probabilities, milliseconds: performance.now() - started })
      onPicture()
    }
  } finally {
    await predictor.dispose()
  }
  return { runtime, answers }
}

/** Tensors as the network has them: another library may have gates in another shape, too. */
function underOwnNames(network: Network, stored: Tensors, names: Readonly<Record<string, string>>): Tensors {
  const shapes = new Map(parameters(network).map(({ name, shape }) => [name, shape]))
  return new Map(
    [...stored].map(([name, { shape, data }]) => {
      const own = names[name] ?? name
      return [own, { shape: shapes.get(own) ?? shape, data }]
    }),
  )
}
