import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openRegistry, type Registry } from '../../../core/registry/registry.ts'
import type { Id } from '../../../core/registry/types.ts'
import { readCheckpointHeader } from '../../../core/training/checkpoint.ts'

/** Calls with the registry of a home; null where there is none yet. */
export function withRegistry<Result>(home: string, use: (registry: Registry | null) => Result): Result {
  const file = join(home, 'registry.sqlite')
  if (!existsSync(file)) return use(null)
  const registry = openRegistry(file)
  try {
    return use(registry)
  } finally {
    registry.close()
  }
}

/**
 * What a kill has broken: the registry's pages and references, runs that it had before, checkpoints.
 * @param known runs that the registry had before; those that it has now are added
 */
export async function damageIn(home: string, known: Set<Id>): Promise<readonly string[]> {
  const file = join(home, 'registry.sqlite')
  const runs = join(home, 'runs')
  const folders = existsSync(runs) ? readdirSync(runs) : []
  if (!existsSync(file)) return folders.map((run) => `folder ${run} without a registry`)
  const database = new Database(file)
  const pages = String(database.pragma('integrity_check', { simple: true }))
  const references = database.pragma('foreign_key_check') as unknown[]
  database.close()
  const found = withRegistry(home, (registry) => registry!.runs.list().map(({ id }) => id))
  const lost = [...known, ...folders].filter((run) => !found.includes(run as Id))
  for (const run of found) known.add(run)
  const broken: string[] = []
  for (const run of folders)
    for (const path of ['last', 'best'].map((name) => join(runs, run, `${name}.safetensors`)))
      if (existsSync(path))
        await readCheckpointHeader(path).catch((error: Error) => broken.push(`${path}: ${error.message}`))
  return [
    ...(pages === 'ok' ? [] : [`registry: ${pages}`]),
    ...references.map((row) => `registry: ${JSON.stringify(row)}`),
    ...lost.map((run) => `${run} is lost`),
    ...broken,
  ]
}
