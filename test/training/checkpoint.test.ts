import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Tensors } from '../../core/base/tensor.ts'
import { parameters } from '../../core/network/parameters.ts'
import { writeSafetensors } from '../../core/weights/safetensors.ts'
import {
  loadCheckpoint,
  readCheckpointHeader,
  saveCheckpoint,
  startCheckpoint,
  type Checkpoint,
} from '../../core/training/checkpoint.ts'
import {
  checkDisk,
  checkpointSize,
  copyCheckpoint,
  fileOfEpoch,
  lastFile,
  listCheckpoints,
  prepareFolder,
} from '../../core/training/checkpointFiles.ts'
import { smallRecipe, statistics, temporaryFolder } from './samples.ts'
import { buildNetwork } from '../../core/network/architectures/index.ts'

const classes = ['고양이', 'dog', 'a "bird"']
const start = startCheckpoint({ recipe: smallRecipe({ network: { batchNorm: true } }), classes, statistics })
const network = buildNetwork(start.network)

/** One in the middle of a run. */
function later(): Checkpoint {
  const momentum: Tensors = new Map(
    parameters(network)
      .filter(({ trainable }) => trainable)
      .map(({ name }) => [name, { shape: start.state.weights.get(name)!.shape, data: randomLike(name) }]),
  )
  return {
    ...start,
    position: { epoch: 1, imagesDone: 16, step: 4 },
    schedule: { best: 1 / 3, sinceBest: 2, waited: 1, drops: 1 },
    sums: { loss: 35.12345678901235, correct: 5, images: 16, seconds: 0.7, waited: 0.1 },
    microBatch: 8,
    threads: { engine: 2, decode: 1 },
    execution: { engine: 'onnxruntime', engineVersion: '1.30.0', device: 'cpu', precision: 'fp32' },
    images: { count: 40, labels: 'abc' },
    best: { epoch: 1, top1Error: 1 / 3, loss: 0.9 },
    epochs: [
      {
        epoch: 1,
        trainingLoss: 1.05,
        trainingError: 0.4,
        validation: { loss: 0.9, top1Error: 1 / 3, top5Error: null },
        learningRate: 0.02,
        imagesPerSecond: 321.5,
        dataWait: 0.01,
        seconds: 0.5,
      },
    ],
    state: { weights: start.state.weights, momentum },
  }
}

function randomLike(name: string): Float32Array {
  return Float32Array.from(start.state.weights.get(name)!.data, (_, index) =>
    Math.fround(Math.sin(index + name.length)),
  )
}

test('A checkpoint that was saved and loaded is the same to the last bit', async () => {
  const path = join(temporaryFolder(), 'last.safetensors')
  const checkpoint = later()
  await saveCheckpoint(path, checkpoint)
  expect(await loadCheckpoint(path)).toEqual(checkpoint)
  const { state: _, ...header } = checkpoint
  expect(await readCheckpointHeader(path)).toEqual(header)
})

test('A new run’s checkpoint has everything but momentum, and can be saved too', async () => {
  expect(start.state.weights.size).toBe(parameters(network).length)
  expect(start.normalization).toEqual({ mean: statistics.mean, std: statistics.std })
  expect(start.position).toEqual({ epoch: 0, imagesDone: 0, step: 0 })
  const path = join(temporaryFolder(), 'start.safetensors')
  await saveCheckpoint(path, start)
  expect(await loadCheckpoint(path)).toEqual(start)
})

test('The mean alone is subtracted where the recipe says so', () => {
  const recipe = smallRecipe({ data: { normalization: 'mean' } })
  expect(startCheckpoint({ recipe, classes, statistics }).normalization).toEqual({
    mean: statistics.mean,
    std: [1, 1, 1],
  })
})

describe('A file is refused as a checkpoint', () => {
  const load = async (change: (checkpoint: Checkpoint) => Checkpoint) => {
    const path = join(temporaryFolder(), 'changed.safetensors')
    await saveCheckpoint(path, change(later()))
    return loadCheckpoint(path)
  }
  const without = (tensors: Tensors, name: string): Tensors =>
    new Map([...tensors].filter(([candidate]) => candidate !== name))

  test('when it is weights alone', async () => {
    const path = join(temporaryFolder(), 'weights.safetensors')
    await writeSafetensors(path, start.state.weights, { format: 'pt' })
    await expect(loadCheckpoint(path)).rejects.toMatchObject({
      code: 'invalid-checkpoint',
      message: expect.stringContaining('weights.safetensors is not a checkpoint'),
    })
  })

  test('when a newer version wrote it', async () => {
    await expect(load((checkpoint) => ({ ...checkpoint, version: 2 as 1 }))).rejects.toMatchObject({
      code: 'newer-version',
    })
  })

  test('when its header lacks something', async () => {
    const broken = load((checkpoint) => ({ ...checkpoint, position: { epoch: 1 } as Checkpoint['position'] }))
    await expect(broken).rejects.toThrow(/is damaged: position\.imagesDone/)
  })

  test('when a weight is missing or has another shape', async () => {
    const missing = load(({ state, ...rest }) => ({
      ...rest,
      state: { ...state, weights: without(state.weights, 'features.1.running_var') },
    }))
    await expect(missing).rejects.toThrow(/lacks features\.1\.running_var/)
    const other = load((checkpoint) => ({ ...checkpoint, network: { ...checkpoint.network, fcWidth: 17 } }))
    await expect(other).rejects.toThrow(/lacks classifier\.0\.weight of shape 17×32/)
  })

  test('when momentum is missing, unless its layer is frozen', async () => {
    const cut = ({ state, ...rest }: Checkpoint): Checkpoint => ({
      ...rest,
      state: { ...state, momentum: without(state.momentum, 'features.0.weight') },
    })
    await expect(load(cut)).rejects.toThrow(/lacks the momentum of features\.0\.weight/)
    const frozen = smallRecipe({ network: { batchNorm: true }, optimization: { frozen: 'features' } })
    await expect(load((checkpoint) => cut({ ...checkpoint, recipe: frozen }))).resolves.toBeDefined()
  })

  test('when it is cut off', async () => {
    const folder = temporaryFolder()
    await saveCheckpoint(join(folder, 'whole.safetensors'), later())
    const bytes = readFileSync(join(folder, 'whole.safetensors'))
    writeFileSync(join(folder, 'cut.safetensors'), bytes.subarray(0, bytes.length - 100))
    await expect(loadCheckpoint(join(folder, 'cut.safetensors'))).rejects.toThrow(/cut\.safetensors/)
  })
})

describe('The folder of checkpoints', () => {
  test('lists those that are there, epochs in order', async () => {
    const folder = temporaryFolder()
    expect(await listCheckpoints(folder)).toEqual({ last: lastFile(folder), best: null, epochs: [] })
    for (const name of ['epoch-10', 'epoch-2', 'best', 'last'])
      writeFileSync(join(folder, `${name}.safetensors`), '')
    expect(await listCheckpoints(folder)).toEqual({
      last: lastFile(folder),
      best: join(folder, 'best.safetensors'),
      epochs: [fileOfEpoch(folder, 2), fileOfEpoch(folder, 10)],
    })
  })

  test('is cleared of what a killed process left half written', async () => {
    const folder = temporaryFolder()
    for (const name of ['last.safetensors', 'last.safetensors.0a1b2c3d.tmp', 'notes.txt']) {
      writeFileSync(join(folder, name), '')
    }
    await prepareFolder(folder)
    expect(readdirSync(folder).sort()).toEqual(['last.safetensors', 'notes.txt'])
  })

  test('keeps a duplicate when the original is replaced', async () => {
    const folder = temporaryFolder()
    const [last, best] = [join(folder, 'last.safetensors'), join(folder, 'best.safetensors')]
    await saveCheckpoint(last, later())
    await copyCheckpoint(last, best)
    await copyCheckpoint(last, best)
    await saveCheckpoint(last, start)
    expect((await readCheckpointHeader(best)).position.step).toBe(4)
    expect((await readCheckpointHeader(last)).position.step).toBe(0)
    expect(readdirSync(folder)).toHaveLength(2)
  })

  test('must have room for all that a run will write', async () => {
    const folder = temporaryFolder()
    await expect(checkDisk(folder, 1000, 0)).resolves.toBeUndefined()
    await expect(checkDisk(folder, 1e18, 0)).rejects.toMatchObject({ code: 'disk-full' })
    await expect(checkDisk(folder, 1e6, 1e9)).rejects.toMatchObject({
      hint: expect.stringContaining('checkpoints.every'),
    })
  })

  test('is asked for as much as a checkpoint takes', async () => {
    const path = join(temporaryFolder(), 'last.safetensors')
    await saveCheckpoint(path, later())
    const bytes = readFileSync(path).length
    expect(bytes).toBeGreaterThan(checkpointSize(network))
    expect(bytes).toBeLessThan(checkpointSize(network) + 20_000)
  })
})
