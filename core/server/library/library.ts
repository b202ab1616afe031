import { join, resolve } from 'node:path'
import { StudioError } from '../../base/errors.ts'
import { deliberateProblems, remarkProblems } from '../../dataset/corrections.ts'
import { datasetFacts } from '../../queries/datasets.ts'
import type { Home } from '../../jobs/context/home.ts'
import type { DifferenceResult } from '../../jobs/difference.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { shown } from '../../messages/shown.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Dataset, Id } from '../../registry/types.ts'
import type { DatasetDetails, DatasetSummary, ImageDetails } from '../api/types.ts'
import type { Hub } from '../events/hub.ts'
import type { Helper } from '../helper/helper.ts'
import { pageIn, pageOf, sliceOf } from '../paging.ts'
import { openSimilar } from '../similar.ts'
import { openCorrections } from './corrections.ts'
import { openHealth } from './health.ts'
import { jitteredCrops, spread } from './jitter.ts'
import { openThumbnails } from './thumbnails.ts'
import type { Library } from './types.ts'

export interface LibraryOptions {
  readonly home: Home
  readonly texts: Catalog
  readonly registry: Registry
  readonly helper: Helper
  readonly hub: Hub
}

export function openLibrary({ home, texts, registry, helper, hub }: LibraryOptions): Library {
  const { datasets, pages } = registry
  const thumbnails = openThumbnails(join(home.cache, 'thumbnails'), helper)
  const health = openHealth({ home, registry }, texts, helper)
  const corrections = openCorrections({ registry, health, hub })
  const similar = openSimilar(registry)
  const looking = new Map<string, Promise<DifferenceResult>>()

  /** However many windows ask, the folder is looked through once at a time. */
  function quickly(id: Id, within: readonly string[] | undefined): Promise<DifferenceResult> {
    const key = JSON.stringify([id, within])
    const known = looking.get(key)
    if (known) return known
    const found = helper.run('difference', { dataset: datasets.get(id).id, within })
    looking.set(key, found)
    const forget = (): void => void looking.delete(key)
    found.then(forget, forget)
    return found
  }

  async function summary(dataset: Dataset, factsOf = datasetFacts(registry)): Promise<DatasetSummary> {
    const { runs, ...facts } = await factsOf(dataset)
    return { ...dataset, ...facts, runs: runs.length }
  }

  async function details(id: Id): Promise<DatasetDetails> {
    const dataset = datasets.get(id)
    const versions = datasets.list().filter(({ name }) => name === dataset.name)
    return {
      ...(await summary(dataset)),
      statistics: datasets.statistics(id),
      versions: versions.map(({ id, version, created }) => ({ id, version, created })),
    }
  }

  function image(id: Id, position: number): Omit<ImageDetails, 'issues'> {
    const dataset = datasets.get(id)
    const found = pages.image(id, position)
    if (!found) throw new StudioError('not-found', { what: 'dataset-image', dataset: dataset.name, position })
    const file = resolve(dataset.root, found.path)
    return { ...found, position, class: dataset.classes[found.label]!, file }
  }

  return {
    list: () => {
      const factsOf = datasetFacts(registry)
      return Promise.all(datasets.list().map((dataset) => summary(dataset, factsOf)))
    },
    details,
    health: async (id) => (await health.of(id)).health,
    async groups(id, { kind, across, ...paging }) {
      const { groups } = await health.of(id)
      const wanted = groups.filter(
        (group) =>
          (kind === undefined || group.kind === kind) &&
          (across === undefined || (across === 'splits' ? group.acrossSplits : group.acrossClasses)),
      )
      const page = pageIn(wanted, paging)
      return {
        ...page,
        entries: page.entries.map(({ positions, ...group }) => ({
          ...group,
          images: positions.map((at) => entry(image(id, at))),
        })),
      }
    },
    async problems(id, { code, intended: wanted, ...paging }) {
      datasets.get(id)
      const all = datasets.problems(id).map((problem, position) => ({ ...problem, position }))
      const found = all.filter(
        (problem) =>
          (code === undefined || problem.code === code) &&
          (wanted === undefined || deliberateProblems.has(problem.code) === wanted) &&
          (code !== undefined || !remarkProblems.has(problem.code)),
      )
      const page = pageIn(found, paging)
      return { ...page, entries: shown(page.entries, texts) }
    },
    async problemPicture(id, position, side) {
      const { root, name } = datasets.get(id)
      const problem = datasets.problems(id)[position]
      if (!problem) throw new StudioError('not-found', { what: 'dataset-problem', dataset: name, position })
      if (problem.code === 'outside')
        throw new StudioError('outside', { what: 'problem', path: problem.path })
      return thumbnails.lenient(resolve(root, problem.path), side)
    },
    async images(id, { class: label, split, search, before, issue, sort, like, ...paging }) {
      datasets.get(id)
      if (sort === 'similar') {
        const listed = issue === undefined ? null : new Set((await health.of(id)).issues[issue])
        const positions = (): readonly number[] =>
          pages.positions(id, { label, split, search }).filter((at) => listed?.has(at) ?? true)
        const order = similar.order(id, [label, split, search, issue], positions, like)
        // Those ahead of an image: their number is its place.
        const ahead = before === undefined ? order : order.slice(0, Math.max(0, order.indexOf(before)))
        const page = pageIn(ahead, paging)
        return { ...page, entries: page.entries.map((at) => entry(image(id, at))) }
      }
      const filter = { label, split, search, before }
      const slice = { ...sliceOf(paging), order: sort }
      if (issue === undefined) return pageOf(pages.images(id, filter, slice), paging)
      const positions = (await health.of(id)).issues[issue]
      return pageOf(pages.imagesAt(id, positions, filter, slice), paging)
    },
    async image(id, position) {
      return { ...image(id, position), issues: (await health.known(id))?.issuesOf(position) ?? [] }
    },
    async picture(id, position, side) {
      const { file, hash } = image(id, position)
      return thumbnails.of(file, hash, side)
    },
    sample: (id, { split, count, seed }) => spread(registry, datasets.get(id).id, { split }, count, seed),
    jitter: (id, query) => jitteredCrops({ registry, helper }, datasets.get(id), query),
    async difference(id, within) {
      const { root, missing, changed, moved, added, unchanged } = await quickly(id, within)
      const first = <T>(list: readonly T[]): readonly T[] => list.slice(0, listed)
      return {
        root,
        missing: first(missing),
        changed: first(changed),
        moved: first(moved),
        added: first(added),
        unchanged,
        counts: {
          missing: missing.length,
          changed: changed.length,
          moved: moved.length,
          added: added.length,
        },
        checked: new Date().toISOString(),
      }
    },
    again(id, split) {
      const { root, source, name, options } = datasets.get(datasets.get(id).name)
      const { corrections: _, ...before } = options
      return {
        ...before,
        ...split,
        source: source.kind === 'csv' ? source.path : root,
        name,
        corrections: corrections.list(id).pending,
      }
    },
    corrections,
  }
}

/** Paths of each kind in an answer. */
const listed = 1000

function entry({ position, path, label, split, info }: Omit<ImageDetails, 'issues'>) {
  return { position, path, label, split, width: info.width, height: info.height }
}
