import type { RunEntry } from '../api/types.ts'
import type { RunQuery } from './types.ts'

/** The runs that a query asks for, in its order. */
export function selectRuns(all: readonly RunEntry[], query: RunQuery): readonly RunEntry[] {
  const { sort = 'created', direction = sort === 'created' ? 'descending' : 'ascending' } = query
  const sign = direction === 'ascending' ? 1 : -1
  return all
    .filter((entry) => matches(entry, query))
    .sort((a, b) => compare(valueOf(a, sort), valueOf(b, sort), sign) || number(b.run) - number(a.run))
}

function matches(entry: RunEntry, { search, status, tag, dataset, archived = false }: RunQuery): boolean {
  return (
    entry.archived === archived &&
    (status === undefined || entry.status === status) &&
    (tag === undefined || entry.tags.includes(tag)) &&
    (dataset === undefined || entry.dataset === dataset) &&
    (search === undefined || contains(entry, search))
  )
}

/** Each word of the search is in the run's name, id, notes, tags, configuration or data set. */
function contains({ run, name, notes, tags, config, datasetName }: RunEntry, search: string): boolean {
  const text = [run, name, notes, config, datasetName, ...tags].join('\n').toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

function valueOf(entry: RunEntry, sort: NonNullable<RunQuery['sort']>): string | number | null {
  switch (sort) {
    case 'created':
      return number(entry.run)
    case 'dataset':
      return entry.datasetName
    case 'top1Error':
      return entry.best?.top1Error ?? null
    case 'testError':
      return entry.test?.top1Error ?? null
    case 'loss':
      return entry.best?.loss ?? null
    case 'duration':
      return durationOf(entry)
    case 'name':
    case 'status':
    case 'config':
    case 'epochs':
      return entry[sort]
    default:
      return plain(entry.settings[sort])
  }
}

/** Milliseconds. */
function durationOf({ started, ended }: RunEntry): number | null {
  return started === null || ended === null ? null : Date.parse(ended) - Date.parse(started)
}

/** Scales are in order of their largest. */
function plain(value: unknown): string | number | null {
  if (typeof value === 'number' || typeof value === 'string') return value
  if (typeof value === 'boolean') return Number(value)
  return typeof value === 'object' && value !== null && 'max' in value ? Number(value.max) : null
}

/** What has no value comes last, whatever the direction. */
function compare(a: string | number | null, b: string | number | null, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  if (typeof a === 'string' || typeof b === 'string') {
    return sign * String(a).localeCompare(String(b), 'en', { numeric: true })
  }
  return sign * (a - b)
}

const number = (id: string): number => Number(id.slice(1))
