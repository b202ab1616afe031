import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Tensors } from '../../../core/base/tensor.ts'
import { openContext, type JobContext } from '../../../core/jobs/context/context.ts'
import { exportRun } from '../../../core/jobs/export.ts'
import { runFolder } from '../../../core/jobs/context/home.ts'
import { chooseTransferSource, initialWeights } from '../../../core/jobs/training/transferSource.ts'
import { trainRun } from '../../../core/jobs/train.ts'
import { findWeights } from '../../../core/jobs/weights/kept.ts'
import { importWeightsFile } from '../../../core/jobs/importWeights.ts'
import type { NetworkOptions } from '../../../core/network/architectures/index.ts'
import { loadCheckpoint } from '../../../core/training/checkpoint.ts'
import { parseRecipe } from '../../../core/training/recipe.ts'
import { remove, smallFolder, temporaryFolder, tinyRecipe } from '../../server/support.ts'
import { say } from '../../say.ts'

vi.setConfig({ testTimeout: 60_000 })

let folder: string
let home: string
let context: JobContext

beforeAll(async () => {
  folder = smallFolder()
  home = temporaryFolder()
  context = openContext({ home })
  const optimization = { ...tinyRecipe.optimization, epochs: 2 }
  const recipe = { ...tinyRecipe, optimization, checkpoints: { every: 1 } }
  await trainRun(context, { dataset: folder, recipe, name: 'source' })
})
afterAll(() => {
  context.registry.close()
  remove(folder, home)
})

const starting = (from: object) => {
  const asked = { ...tinyRecipe, initialization: { from } }
  return chooseTransferSource(context, parseRecipe(asked), asked)
}

test('a run starts from the checkpoint that is named, and from the best where none is', async () => {
  const biasOf = (weights: Tensors) => weights.get('classifier.6.bias')!.data.join()
  const stored = await Promise.all(
    [1, 2].map(async (epoch) => {
      const path = join(runFolder(context.home, 'r1'), `epoch-${epoch}.safetensors`)
      return biasOf((await loadCheckpoint(path)).state.weights)
    }),
  )
  const epochOf = async (from: object) => stored.indexOf(biasOf((await starting(from)).source!.weights)) + 1
  expect(await epochOf({ run: 'r1', checkpoint: 'epoch-1' })).toBe(1)
  expect(await epochOf({ run: 'r1', checkpoint: 'last' })).toBe(2)
  const best = context.registry.checkpoints.list('r1').find(({ kind }) => kind === 'best')!
  expect(await epochOf({ run: 'source' })).toBe(best.epoch)
  await expect(starting({ run: 'r1', checkpoint: 'epoch-9' })).rejects.toMatchObject({
    code: 'no-checkpoint',
    hint: expect.stringContaining('epoch-1'),
  })
})

test('a name of neither a run nor weights is refused, and weights that can be had are told of', async () => {
  await expect(starting({ run: 'vgg16-features' })).rejects.toMatchObject({
    code: 'unknown-weights-name',
    message: 'The weights “vgg16-features” are not here yet.',
    hint: expect.stringContaining('vgg-studio weights get vgg16-features'),
  })
  await expect(starting({ run: 'nowhere' })).rejects.toMatchObject({
    code: 'unknown-weights-name',
    message: expect.stringMatching(/no run “nowhere” to start from, and there are no weights/),
  })
  await expect(starting({ run: 'r77' })).rejects.toMatchObject({ code: 'not-found' })
})

test('what it started from stands in its recipe by id, with the mode that was usual', async () => {
  const { recipe, source } = await starting({ run: 'source', checkpoint: 'last' })
  expect(recipe.initialization.from).toEqual({ run: 'r1', checkpoint: 'last', mode: 'matching' })
  expect(source!.mode).toBe('matching')
})

test('layers that are held back are spoken of where nothing trained is in them', async () => {
  const noticesOf = async (optimization: object, from: object | null = null) => {
    const codes: string[] = []
    const emit: JobContext['emit'] = (event) => {
      if (event.event === 'notice') codes.push(event.code)
    }
    const asked = { ...tinyRecipe, optimization, initialization: { from } }
    await chooseTransferSource({ ...context, emit }, parseRecipe(asked), asked)
    return codes
  }
  expect(await noticesOf({ frozen: 'features' })).toEqual(['random-held-back'])
  expect(await noticesOf({ rateFactors: { features: 0.1 } })).toEqual(['random-held-back'])
  expect(await noticesOf({ rateFactors: { classifier: 10 } })).toEqual([])
  expect(await noticesOf({ frozen: 'features' }, { run: 'source' })).toEqual([])
})

test('a run from pretrained weights has their network and sees images as they expect, to the export', async () => {
  const source = fileURLToPath(new URL('../../fixtures/weights/files/keras-E-notop.h5', import.meta.url))
  await importWeightsFile(context, {
    source,
    name: 'pretrained',
    preprocessing: 'caffe',
    license: 'CC-BY-4.0',
  })
  const recipe = {
    data: { crop: 32, flip: false, colorShift: 0 },
    network: { fcWidth: 8, dropout: 0 },
    optimization: { epochs: 1, batchSize: 8, frozen: ['features'] },
    initialization: { from: { run: 'pretrained' } },
  }
  const { run } = await trainRun(context, { dataset: folder, recipe, name: 'fine-tuned' })
  const path = join(runFolder(context.home, run), 'last.safetensors')
  const { network, normalization, attribution, state } = await loadCheckpoint(path)
  expect(network).toMatchObject({ config: 'E', batchNorm: false, widthMultiplier: 1 / 32, crop: 32 })
  expect(normalization).toEqual({ mean: [123.68, 116.779, 103.939], std: [1, 1, 1] })
  expect(attribution).toEqual({ license: 'CC-BY-4.0', text: 'Imported weights, CC-BY-4.0.' })
  const kept = (await findWeights(context.home, 'pretrained'))!.tensors
  for (const [name, tensor] of kept) expect(state.weights.get(name), name).toEqual(tensor)
  const out = join(home, 'exported')
  await exportRun(context, { run, format: 'onnx', out })
  expect(await readFile(join(out, 'README.md'), 'utf8')).toContain(
    'Training started from other weights: Imported',
  )
  expect((await readFile(join(out, 'model.onnx'))).includes('Imported weights, CC-BY-4.0.')).toBe(true)
  const sidecar = JSON.parse(await readFile(join(out, 'preprocessing.json'), 'utf8')) as object
  expect(sidecar).toMatchObject({
    normalization: { mean: [123.68, 116.779, 103.939], std: [1, 1, 1] },
    attribution: { license: 'CC-BY-4.0' },
  })
  // A run that starts from this one owes the same.
  const asked = { ...recipe, initialization: { from: { run } } }
  const child = await chooseTransferSource(
    context,
    parseRecipe({ ...asked, network: { ...recipe.network, config: 'E' } }),
    asked,
  )
  expect(child.source!.attribution).toEqual(attribution)
  expect(child.recipe.data.normalization).toEqual(normalization)
})

test('a preprocessing that was asked for goes before that of the weights', async () => {
  const asked = {
    data: { crop: 32, normalization: { mean: [1, 2, 3], std: [4, 5, 6] } },
    initialization: { from: { run: 'pretrained' } },
  }
  const { recipe } = await chooseTransferSource(context, parseRecipe(asked), asked)
  expect(recipe.data.normalization).toEqual(asked.data.normalization)
})

test('a classifier for another crop is replaced as a whole, and that is said with its maps', async () => {
  const file = fileURLToPath(new URL('../../fixtures/weights/files/keras-D.h5', import.meta.url))
  const { entry } = await importWeightsFile(context, { source: file, name: 'whole', preprocessing: 'caffe' })
  const { classes } = entry.network
  const { fcWidth } = entry.network as Extract<NetworkOptions, { family: 'vgg' }>
  const begun = async (crop: number) => {
    const said: string[] = []
    const emit: JobContext['emit'] = (event) => {
      if (event.event === 'notice' && event.code === 'new-head') said.push(say(event))
    }
    const own = { ...context, emit }
    const asked = { network: { fcWidth }, data: { crop }, initialization: { from: { run: 'whole' } } }
    const { recipe, source } = await chooseTransferSource(own, parseRecipe(asked), asked)
    const weights = initialWeights(own, source!, recipe, classes)
    const isKept = (name: string): boolean => weights.get(name) === source!.weights.get(name)
    return { said, first: isKept('classifier.0.weight'), second: isKept('classifier.3.weight') }
  }
  expect(await begun(224)).toEqual({ said: [], first: true, second: true })
  const other = await begun(64)
  expect(other).toMatchObject({ first: false, second: false })
  expect(other.said).toEqual([expect.stringMatching(/maps of 7×7.*a crop of 64 gives 2×2.*a new one/)])
})

test('a preset for trained weights takes the network of the run that it starts from, and another head', async () => {
  const asked = { network: { head: 'linear' }, initialization: { from: { run: 'source' } } }
  const { recipe, source } = await chooseTransferSource(context, parseRecipe(asked), asked)
  expect(recipe.network).toMatchObject({ config: 'A', batchNorm: true, widthMultiplier: 0.1, head: 'linear' })
  expect(source!.mode).toBe('matching')
})
