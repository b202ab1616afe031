import { join, resolve } from 'node:path'
import { dataFolder } from '../../base/dataFolder.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id } from '../../registry/types.ts'

/**
 * The folder in which everything of the studio lies:
 * ```
 * registry.sqlite            data sets, runs, evaluations, exports (and registry.sqlite-wal, -shm while it is open)
 * runs/r1/last.safetensors   the run's newest checkpoint: resuming from it is exact
 * runs/r1/best.safetensors   the one with the lowest validation error
 * runs/r1/evaluations/       class probabilities of its evaluations (e1.probabilities), and of unfinished ones
 * exports/r1-onnx/           exports that were not sent elsewhere
 * engines/                   what `engines install` has installed
 * server/                    the settings, and what the server knows of jobs
 * cache/                     may be deleted at any time
 * ```
 */
export interface Home {
  /** Absolute, as are the others. */
  readonly folder: string
  readonly registry: string
  readonly exports: string
  readonly cache: string
  /** Decoded images; in the cache. */
  readonly images: string
  /** Modules as they were compiled, by an installation; in the cache. */
  readonly compiled: string
}

/** @param asked `--home`; else VGG_STUDIO_HOME, else the platform's folder for application data */
export function resolveHome(asked?: string, environment: NodeJS.ProcessEnv = process.env): Home {
  const chosen = asked || environment['VGG_STUDIO_HOME'] || dataFolder()
  const folder = resolve(chosen)
  return {
    folder,
    registry: join(folder, 'registry.sqlite'),
    exports: join(folder, 'exports'),
    cache: join(folder, 'cache'),
    images: join(folder, 'cache', 'images'),
    compiled: join(folder, 'cache', 'compiled'),
  }
}

/** Resolves the home folder, and lets engines look there for what was installed, in processes of ours too. */
export function useHome(asked?: string): Home {
  const home = resolveHome(asked)
  process.env['VGG_STUDIO_HOME'] = home.folder
  return home
}

/** What the server keeps for itself in the home folder. */
export const serverFolder = (home: Home): string => join(home.folder, 'server')

export function runFolder(home: Home, run: Id): string {
  return join(home.folder, 'runs', run)
}

/** The home folder and what is registered in it: what reading and recording need of a job's context. */
export interface HomeContext {
  readonly home: Home
  readonly registry: Registry
}
