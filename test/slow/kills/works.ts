import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { JobKind } from '../../../core/jobs/catalog.ts'
import type { Registry } from '../../../core/registry/registry.ts'
import type { EpochRecord } from '../../../core/training/events.ts'
import { tinyRecipe } from '../../server/support.ts'

/** Something to be killed at, by the command line and as a job of a server. */
export interface Work {
  /** How often, of 200 times in all. */
  readonly kills: number
  /** What the home holds before; left out: a data set and a trained run. */
  readonly home?: 'empty' | 'home-0.1.0'
  /** What is asked for, or asked for again, as things stand. @param attempt counts */
  next(registry: Registry | null, attempt: number): Asked
  /** Waits for what it is killed at; left out: nothing. */
  readonly until?: (home: string, isOver: () => boolean) => Promise<void>
  /** The longest time after that, as a part of the whole; or in ms. */
  readonly within: { readonly part: number } | { readonly ms: number }
  /** What came of it, to be compared with the same of an uninterrupted one. */
  result(registry: Registry, home: string): unknown
}

export interface Asked {
  readonly command: readonly string[]
  /** Null: the start of a server is all. */
  readonly job: { readonly kind: JobKind; readonly input: Readonly<Record<string, unknown>> } | null
}

const weights = fileURLToPath(
  new URL('../../fixtures/weights/files/torchvision-D.safetensors', import.meta.url),
)
/** Each of them ends with a checkpoint. */
const recipe = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 24 } }
export const recipeText = JSON.stringify(recipe)

/**
 * @param pictures a folder to import
 * @param recipeFile where `recipeText` lies
 */
export function worksOn(pictures: string, recipeFile: string): Readonly<Record<string, Work>> {
  const training: Work = {
    kills: 38,
    next(registry) {
      const unfinished = registry!.runs.list().find(({ status }) => status !== 'completed')
      return unfinished
        ? { command: ['resume', unfinished.id], job: { kind: 'resume', input: { run: unfinished.id } } }
        : {
            command: ['train', 'd1', '--recipe', recipeFile],
            job: { kind: 'train', input: { dataset: 'd1', recipe } },
          }
    },
    within: { part: 0.6 },
    /** The numbers of every epoch of all runs but the one that was there: they are to be the same. */
    result: ({ runs, epochs }) =>
      unique(
        runs.list().flatMap(({ id }) => (id === 'r1' ? [] : epochs.list<EpochRecord>(id).map(numbersOf))),
      ),
  }
  return {
    import: {
      ...{ kills: 32, home: 'empty', within: { part: 1 } },
      next: () => ({ command: ['import', pictures], job: { kind: 'import', input: { source: pictures } } }),
      result: ({ datasets }) => unique(datasets.list().map(({ id }) => datasets.manifest(id).images)),
    },
    training,
    checkpoints: { ...training, kills: 30, until: aFileIsBeingSaved, within: { ms: 4 } },
    evaluation: {
      ...{ kills: 24, within: { part: 1 } },
      next: () => ({
        command: ['evaluate', 'r1', '--views', 'ten', '--scales', '36,40'],
        job: { kind: 'evaluate', input: { run: 'r1', views: 'ten', scales: [36, 40] } },
      }),
      result: ({ evaluations }) =>
        unique(evaluations.list('r1').map(({ result: { secondsPerImage: _, ...numbers } }) => numbers)),
    },
    export: {
      ...{ kills: 24, within: { part: 1 } },
      next: () => ({
        command: ['export', 'r1', '--format', 'onnx', '--overwrite'],
        job: { kind: 'export', input: { run: 'r1', format: 'onnx', overwrite: true } },
      }),
      /** As many as came to their end, each whole. */
      result: (_, home) =>
        unique(
          readdirSync(join(home, 'exports')).map((name) =>
            readdirSync(join(home, 'exports', name), { recursive: true }).sort(),
          ),
        ),
    },
    migration: {
      ...{ kills: 16, home: 'home-0.1.0', until: theRegistryIsOpen, within: { ms: 30 } },
      next: () => ({ command: ['runs'], job: null }),
      result: ({ runs }) => runs.list().map(({ id, name, recipe }) => ({ id, name, recipe })),
    },
    weights: {
      ...{ kills: 16, within: { part: 1 } },
      next: (_, attempt) => ({
        command: ['weights', 'import', weights, '--preprocessing', 'torchvision', '--name', `w${attempt}`],
        job: {
          kind: 'importWeights',
          input: { source: weights, preprocessing: 'torchvision', name: `w${attempt}` },
        },
      }),
      result: (_, home) => tensorsIn(join(home, 'weights')),
    },
    downloads: {
      ...{ kills: 8, home: 'empty', within: { part: 1 } },
      next: () => ({
        command: ['weights', 'get', 'vgg16-features'],
        job: { kind: 'getWeights', input: { name: 'vgg16-features' } },
      }),
      result: (_, home) => tensorsIn(join(home, 'weights')),
    },
    engine: {
      ...{ kills: 12, home: 'empty', within: { part: 1 } },
      next: () => ({
        command: ['engines', 'install', 'tensorflow'],
        job: { kind: 'install', input: { name: 'tensorflow' } },
      }),
      result: (_, home) => readdirSync(join(home, 'engines'), { recursive: true }).sort(),
    },
  }
}

function unique(values: readonly unknown[]): readonly unknown[] {
  return [...new Set(values.map((value) => JSON.stringify(value)))].map((text) => JSON.parse(text) as unknown)
}

const numbersOf = ({
  epoch,
  trainingLoss,
  trainingError,
  validation,
  learningRate,
}: EpochRecord): object => ({
  ...{ epoch, trainingLoss, trainingError, validation, learningRate },
})

/** Hashes of the tensors in all files of a folder: what else they hold says when they were made, and of what. */
function tensorsIn(folder: string): readonly unknown[] {
  return unique(
    readdirSync(folder).map((name) => {
      const bytes = readFileSync(join(folder, name))
      const tensors = bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)))
      return createHash('sha256').update(tensors).digest('hex')
    }),
  )
}

/** A checkpoint that is being written has another name. */
async function aFileIsBeingSaved(home: string, isOver: () => boolean): Promise<void> {
  const runs = join(home, 'runs')
  const isSaving = (): boolean =>
    existsSync(runs) &&
    readdirSync(runs).some((run) => readdirSync(join(runs, run)).some((name) => name.endsWith('.tmp')))
  while (!isOver() && !isSaving()) await setImmediate()
}

async function theRegistryIsOpen(home: string, isOver: () => boolean): Promise<void> {
  while (!isOver() && !existsSync(join(home, 'registry.sqlite-wal'))) await setImmediate()
}
