import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { imagePath } from '../../../core/dataset/imagePath.ts'
import type { Manifest, Split } from '../../../core/dataset/types.ts'
import { findEngine } from '../../../core/engine/index.ts'
import type { Engine, EngineName, Trainer } from '../../../core/engine/types.ts'
import { openContext } from '../../../core/jobs/context/context.ts'
import { importDataset } from '../../../core/jobs/import.ts'
import { buildNetwork } from '../../../core/network/architectures/index.ts'
import { openLoader } from '../../../core/pipeline/loader.ts'
import type { Item, Loader } from '../../../core/pipeline/types.ts'
import { loadCheckpoint, startCheckpoint } from '../../../core/training/checkpoint.ts'
import { normalizationOf, validationView } from '../../../core/training/preprocessing.ts'
import type { Recipe } from '../../../core/training/recipe.ts'
import { train } from '../../../core/training/train.ts'
import { validate } from '../../../core/training/validate.ts'
import type { Result } from './table.ts'

export type Found = Pick<Result, 'firstLoss' | 'top1'>

const peerProgram = fileURLToPath(new URL('../../reference/trainingPeer.py', import.meta.url))

/**
 * Trains in this process, in a home inside `folder`: each source is imported once, and what an engine compiles for a
 * network, and the threads that decode, serve all its trainings.
 */
export function openTrainer(folder: string, name: EngineName, threads: number) {
  const home = mkdtempSync(join(folder, 'studio-'))
  const context = openContext({ home })
  const engine = keepingTrainers(findEngine(name))
  const manifests = new Map<string, Promise<Manifest>>()
  const loaders = new Map<string, Loader>()
  const execution = { engine: name, device: 'cpu', precision: 'fp32', threads, decodeThreads: 1 } as const

  async function manifestOf(source: string): Promise<Manifest> {
    const { dataset } = await importDataset(context, { source })
    return context.registry.datasets.manifest(dataset)
  }

  function loaderOf(manifest: Manifest, split: Split, recipe: Recipe): Loader {
    const normalization = normalizationOf(recipe, manifest.statistics)
    const key = JSON.stringify([manifest.root, manifest.images.length, split, normalization])
    const cache = { folder: join(home, `${loaders.size}`), bytes: 1e9 }
    const loader =
      loaders.get(key) ?? openLoader({ items: itemsOf(manifest, split), normalization, threads: 1, cache })
    loaders.set(key, loader)
    return loader
  }

  return {
    async train(source: string, asked: Recipe): Promise<Found> {
      if (!manifests.has(source)) manifests.set(source, manifestOf(source))
      const manifest = await manifests.get(source)!
      const { classes, statistics } = manifest
      const recipe: Recipe = { ...asked, execution }
      let firstLoss = NaN
      const run = mkdtempSync(join(home, 'run-'))
      const { checkpoints } = await train({
        start: startCheckpoint({ recipe, classes, statistics }),
        ...{ engine, training: itemsOf(manifest, 'train'), validation: [], folder: run },
        openLoader: () => ({ ...loaderOf(manifest, 'train', recipe), dispose: async () => undefined }),
        emit: (event) => {
          if (event.event === 'step' && Number.isNaN(firstLoss)) firstLoss = event.loss
        },
      })
      const { state, network } = await loadCheckpoint(checkpoints.last)
      rmSync(run, { recursive: true })
      const predictor = await engine.predictor(buildNetwork(network), state.weights, execution)
      const view = validationView(recipe)
      const loader = loaderOf(manifest, 'validation', recipe)
      const found = await validate({
        ...{ predictor, loader, view, microBatch: 32, stop: undefined, onBatch: () => undefined },
      })
      await predictor.dispose()
      return { firstLoss, top1: 1 - found!.top1Error }
    },
    async close(): Promise<void> {
      await Promise.all([...loaders.values()].map((loader) => loader.dispose()))
      await engine.close()
      context.registry.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function itemsOf(manifest: Manifest, split: Split): readonly Item[] {
  return manifest.images
    .filter((image) => image.split === split)
    .map((image) => ({ path: imagePath(manifest, image), label: image.label }))
}

/** An engine whose trainers are not disposed of, but given other weights where the same network is trained again. */
function keepingTrainers(engine: Engine): Engine & { close(): Promise<void> } {
  const kept = new Map<string, Trainer>()
  return {
    ...engine,
    async trainer(network, initial, options) {
      const key = JSON.stringify([network, options])
      const known = kept.get(key)
      await known?.restore(initial)
      const trainer = known ?? (await engine.trainer(network, initial, options))
      kept.set(key, trainer)
      return { ...trainer, dispose: async () => undefined }
    },
    async close() {
      await Promise.all([...kept.values()].map((trainer) => trainer.dispose()))
    },
  }
}

/** The same in PyTorch, from the CSV file and what the recipe says. */
export async function trainPeer(
  python: string,
  source: string,
  recipe: Recipe,
  threads: number,
): Promise<Found> {
  const { network, data, optimization, seed } = recipe
  const task = { source, seed, threads, ...network, ...optimization, crop: data.crop, scale: data.scale.min }
  const child = spawn(python, [peerProgram, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let last = ''
  createInterface({ input: child.stdout }).on('line', (line) => (last = line))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${peerProgram} ended with ${code}.`)
  return JSON.parse(last) as Found
}
