import type { Page } from './api/types.ts'
import type { Slice, Sliced } from '../registry/pages.ts'

export interface Paging {
  readonly offset?: number | undefined
  readonly limit?: number | undefined
}

export const sliceOf = ({ offset = 0, limit = 100 }: Paging): Slice => ({ offset, limit })

export function pageOf<Entry>({ total, entries }: Sliced<Entry>, paging: Paging): Page<Entry> {
  return { total, offset: paging.offset ?? 0, entries }
}

/** A page of a list that is in memory anyway. */
export function pageIn<Entry>(all: readonly Entry[], paging: Paging): Page<Entry> {
  const { offset, limit } = sliceOf(paging)
  return { total: all.length, offset, entries: all.slice(offset, offset + limit) }
}
