import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '../../base/errors.ts'
import { writeAtomic } from '../../base/files.ts'
import { temporaryFolder } from '../../base/temporary.ts'
import { denseForm } from '../../evaluation/forms.ts'
import { readBundleIndex } from '../../graph/tensorflow/bundle.ts'
import { graphModel, variablesAsConstants } from '../../graph/tensorflow/graphModel.ts'
import { savedModel as savedModelOf, variableFiles } from '../../graph/tensorflow/savedModel.ts'
import { decodeSavedModel } from '../../graph/tensorflow/schema.ts'
import { denseWeights } from '../../network/dense.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { isSmaller } from '../formatNames.ts'
import { runOurLoader } from '../runLoader.ts'
import type { Exporter, Reopened, ReopenInput } from '../exporter.ts'
import { writeGraphModel } from './graphModel.ts'

/** TensorFlow's own format, for its servers and programs. */
export const savedModel: Exporter = {
  files: ['saved_model.pb', 'variables'],
  programs: [],
  layout: 'NHWC',
  loaders: ['classify.py'],
  tolerance: () => 1e-3,
  runtimes: ['tfjs-wasm'],
  async write({ network, weights: tensors }, _, { preprocessing, dense, batch, weights }, folder) {
    if (preprocessing === 'inside') throw new StudioError('export-choice', { what: 'inside-tensorflow' })
    if (batch !== 'any') throw new StudioError('export-choice', { what: 'batch-tensorflow' })
    if (isSmaller(weights)) throw new StudioError('export-choice', { what: 'weights' })
    const plain = withoutAuxiliary(network)
    const { model, index, values } = dense
      ? savedModelOf(denseForm(plain, 'dense'), denseWeights(plain, tensors), true)
      : savedModelOf(plain, tensors, false)
    await writeAtomic(join(folder, 'saved_model.pb'), model)
    await writeAtomic(join(folder, variableFiles.index), index)
    await writeAtomic(join(folder, variableFiles.values), async (file) => {
      for (const content of values) await file.writeFile(content)
    })
  },
  reopen: reopenSavedModel,
}

/**
 * Reads graph and variables from their files, and has TensorFlow.js compute them: TensorFlow itself is not here, unless a person has
 * installed it. (`classify.py --verify` opens the export with that.)
 */
export async function reopenSavedModel(runtime: string, input: ReopenInput): Promise<Reopened> {
  const { folder } = input
  const own = temporaryFolder('export')
  try {
    const { nodes, signature } = decodeSavedModel(await readFile(join(folder, 'saved_model.pb')))
    const entries = readBundleIndex(await readFile(join(folder, variableFiles.index)), folder)
    const file = await open(join(folder, variableFiles.values))
    try {
      const variables = new Map<string, Uint8Array>()
      for (const [name, { offset, size }] of entries) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(size), 0, size, offset)
        if (bytesRead !== size) throw new StudioError('not-an-export', { folder })
        variables.set(name, buffer)
      }
      const constants = variablesAsConstants(nodes, signature, (name) => {
        const [entry, content] = [entries.get(name), variables.get(name)]
        if (!entry || !content) throw new StudioError('not-an-export', { folder })
        return { shape: entry.shape, content }
      })
      const options = { weights: 'float32', folder: 'weights', metadata: {} } as const
      await writeGraphModel(own, graphModel(constants, signature, options))
    } finally {
      await file.close()
    }
    await writeAtomic(
      join(own, 'preprocessing.json'),
      await readFile(join(folder, 'preprocessing.json'), 'utf8'),
    )
    return await runOurLoader(runtime, { ...input, folder: own })
  } finally {
    await rm(own, { recursive: true, force: true })
  }
}
