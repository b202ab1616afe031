import { basename } from 'node:path'
import { StudioError } from '../base/errors.ts'
import type { DatasetSource, Manifest, Problem, Split } from '../dataset/types.ts'
import type { Connection } from './database.ts'
import { imageTables } from './images.ts'
import { checkName, freeName, idOf, keyIn, keyOf, notFound } from './references.ts'
import type { Dataset, Id, StoredOptions } from './types.ts'

interface Row {
  readonly id: number
  readonly name: string
  readonly version: number
  readonly root: string
  readonly source: string
  readonly classes: string
  readonly statistics: string
  readonly options: string
  readonly train: number
  readonly validation: number
  readonly test: number
  readonly problems: number
  readonly created: number
}

export type Datasets = ReturnType<typeof datasetTable>

export function datasetTable(database: Connection) {
  const tables = imageTables(database)
  const insert = database.prepare(
    `INSERT INTO datasets (name, version, root, source, classes, statistics, options, train, validation, test, problems, created)
     VALUES (@name, @version, @root, @source, @classes, @statistics, @options, @train, @validation, @test, @problems, @created)`,
  )
  const byKey = database.prepare<[number], Row>('SELECT * FROM datasets WHERE id = ?')
  const byName = database.prepare<[string], Row>(
    'SELECT * FROM datasets WHERE name = ? ORDER BY version DESC LIMIT 1',
  )
  const byVersion = database.prepare<[string, number], Row>(
    'SELECT * FROM datasets WHERE name = ? AND version = ?',
  )
  const bySource = database.prepare<[string, string], Row>(
    'SELECT * FROM datasets WHERE root = ? AND source = ? ORDER BY id DESC LIMIT 1',
  )
  const setRoot = database.prepare('UPDATE datasets SET root = ?, source = ? WHERE id = ?')
  const newest = database.prepare<[], Row>('SELECT * FROM datasets ORDER BY id DESC LIMIT 1')
  const all = database.prepare<[], Row>('SELECT * FROM datasets ORDER BY id')

  /** The name and version under which an import is filed. */
  function filing(root: string, source: string, asked?: string): { name: string; version: number } {
    if (asked === undefined) {
      const previous = bySource.get(root, source)
      const taken = (name: string): boolean => byName.get(name) !== undefined
      return previous ? successor(previous.name) : { name: freeName(nameFor(root), taken), version: 1 }
    }
    const name = checkName('dataset', asked)
    const holder = byName.get(name)
    if (holder && (holder.root !== root || holder.source !== source)) {
      throw new StudioError('name-taken', { what: 'dataset', name: holder.name, root: holder.root })
    }
    return holder ? successor(holder.name) : { name, version: 1 }
  }

  function successor(name: string): { name: string; version: number } {
    return { name, version: byName.get(name)!.version + 1 }
  }

  const add = database.transaction((manifest: Manifest, options: StoredOptions, name?: string): Id =>
    file(manifest, options, filing(manifest.root, sourceText(manifest), name)),
  )
  const succeed = database.transaction((row: Row, manifest: Manifest, options: StoredOptions): Id =>
    file(manifest, options, successor(row.name)),
  )

  function file(
    manifest: Manifest,
    options: StoredOptions,
    place: { readonly name: string; readonly version: number },
  ): Id {
    const { lastInsertRowid } = insert.run({
      ...place,
      root: manifest.root,
      source: sourceText(manifest),
      classes: JSON.stringify(manifest.classes),
      statistics: JSON.stringify(manifest.statistics),
      options: JSON.stringify(options),
      ...countSplits(manifest),
      problems: manifest.problems.length,
      created: Date.now(),
    })
    tables.insert(Number(lastInsertRowid), manifest.images, manifest.problems)
    return idOf('dataset', lastInsertRowid)
  }

  function find(reference: string): Row | undefined {
    const key = keyIn('dataset', reference)
    if (key !== null) return byKey.get(key)
    if (reference === 'last') return newest.get()
    const versioned = /^(.*)@([1-9][0-9]{0,8})$/.exec(reference)
    return versioned ? byVersion.get(versioned[1]!, Number(versioned[2])) : byName.get(reference)
  }

  return {
    /**
     * Files a manifest as a new version of the data set that was imported from the same folder (under that name), or
     * as a new data set. @throws StudioError `name-taken`, `invalid-name`
     */
    add: (manifest: Manifest, options: StoredOptions, name?: string): Dataset =>
      datasetOf(byKey.get(keyOf('dataset', add.immediate(manifest, options, name)))!),
    /**
     * Files a manifest as the next version of a data set, wherever its folder is now.
     * @throws StudioError `not-found`
     */
    succeed(id: Id, manifest: Manifest, options: StoredOptions): Dataset {
      const row = byKey.get(keyOf('dataset', id))
      if (!row) throw notFound('dataset', id)
      return datasetOf(byKey.get(keyOf('dataset', succeed.immediate(row, manifest, options)))!)
    },
    /** The same files lie elsewhere now. @throws StudioError `not-found` */
    move(id: Id, { root, source }: Pick<Manifest, 'root' | 'source'>): void {
      const { changes } = setRoot.run(root, sourceText({ ...(source && { source }) }), keyOf('dataset', id))
      if (changes === 0) throw notFound('dataset', id)
    },
    /** @param reference an id, a name (its newest version), `name@version`, or `last` */
    find: (reference: string): Dataset | null => maybe(find(reference)),
    /** @throws StudioError `not-found` */
    get(reference: string): Dataset {
      const row = find(reference)
      if (!row) throw notFound('dataset', reference)
      return datasetOf(row)
    },
    /** The newest version imported from there. */
    latestOf: (from: Pick<Manifest, 'root' | 'source'>): Dataset | null =>
      maybe(bySource.get(from.root, sourceText(from))),
    list: (): readonly Dataset[] => all.all().map(datasetOf),
    manifest(id: Id): Manifest {
      const key = keyOf('dataset', id)
      const row = byKey.get(key)
      if (!row) throw notFound('dataset', id)
      return {
        root: row.root,
        classes: JSON.parse(row.classes) as Manifest['classes'],
        images: tables.images(key),
        problems: tables.problems(key),
        statistics: JSON.parse(row.statistics) as Manifest['statistics'],
        source: JSON.parse(row.source) as DatasetSource,
      }
    },
    /** Without the images, of which there may be many. @throws StudioError `not-found` */
    statistics(id: Id): Manifest['statistics'] {
      const row = byKey.get(keyOf('dataset', id))
      if (!row) throw notFound('dataset', id)
      return JSON.parse(row.statistics) as Manifest['statistics']
    },
    problems: (id: Id): readonly Problem[] => tables.problems(keyOf('dataset', id)),
  }
}

function sourceText({ source = { kind: 'folder' } }: Pick<Manifest, 'source'>): string {
  return JSON.stringify(source)
}

function countSplits(manifest: Manifest): Record<Split, number> {
  const counts: Record<Split, number> = { train: 0, validation: 0, test: 0 }
  for (const { split } of manifest.images) counts[split]++
  return counts
}

/** A folder's own name, without what a name can't hold. */
function nameFor(root: string): string {
  const cleaned = basename(root)
    .replaceAll(/[@\p{Cc}]/gu, '-')
    .replace(/^[-\s]+/, '')
    .slice(0, 80)
    .trim()
  const usable = cleaned !== '' && cleaned.toLowerCase() !== 'last' && keyIn('dataset', cleaned) === null
  return usable ? cleaned : 'images'
}

function maybe(row: Row | undefined): Dataset | null {
  return row ? datasetOf(row) : null
}

function datasetOf(row: Row): Dataset {
  return {
    id: idOf('dataset', row.id),
    name: row.name,
    version: row.version,
    root: row.root,
    source: JSON.parse(row.source) as DatasetSource,
    classes: JSON.parse(row.classes) as readonly string[],
    images: { train: row.train, validation: row.validation, test: row.test },
    problems: row.problems,
    options: JSON.parse(row.options) as StoredOptions,
    created: new Date(row.created).toISOString(),
  }
}
