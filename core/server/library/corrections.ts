import { StudioError } from '../../base/errors.ts'
import type { CorrectionChange } from '../../dataset/types.ts'
import type { CorrectionStep } from '../../registry/corrections.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Dataset, Id } from '../../registry/types.ts'
import type { CorrectionList, CorrectionsChanged, Finding } from '../api/types.ts'
import type { Hub } from '../events/hub.ts'
import type { HealthReports } from './health.ts'
import { remedy } from './remedies.ts'

/** What a person decides about single files, until it is applied: for all versions of a data set alike. */
export interface CorrectionService {
  /** @throws StudioError `not-found` */
  list(id: Id): CorrectionList
  /** @throws StudioError `not-found` where the data set has no such file, `unknown-class` */
  change(id: Id, step: Partial<CorrectionStep>): CorrectionsChanged
  /** What one click on a finding does. @throws StudioError `not-found` */
  remedy(id: Id, code: Finding['code']): Promise<CorrectionsChanged>
}

interface Tools {
  readonly registry: Registry
  readonly health: HealthReports
  readonly hub: Hub
}

export function openCorrections({ registry, health, hub }: Tools): CorrectionService {
  const { datasets, corrections, pages } = registry

  function list(id: Id): CorrectionList {
    const { name } = datasets.get(id)
    const newest = datasets.get(name)
    return {
      newest: newest.id,
      applied: newest.options.corrections ?? [],
      pending: corrections.pending(name),
      confirmed: corrections.confirmed(name),
    }
  }

  function change(
    id: Id,
    { put = [], forget = [], confirm = [], doubt = [] }: Partial<CorrectionStep>,
  ): CorrectionsChanged {
    const dataset = datasets.get(id)
    const asRelabelled = confirm.map((label) => ({ ...label, action: 'relabel' as const }))
    check(dataset, [...put, ...asRelabelled])
    const before = byPath(corrections.pending(dataset.name))
    const knownRight = byPath(corrections.confirmed(dataset.name))
    corrections.change(dataset.name, { put, forget, confirm, doubt })
    const touched = [...new Set([...put.map(({ path }) => path), ...forget])]
    const judged = [...new Set([...confirm.map(({ path }) => path), ...doubt])]
    const versions = datasets.list().filter(({ name }) => name === dataset.name)
    hub.publish({ type: 'corrections', datasets: versions.map((version) => version.id) })
    return {
      ...list(id),
      changed: new Set([...touched, ...judged]).size,
      undo: {
        put: touched.flatMap((path) => before.get(path) ?? []),
        forget: touched.filter((path) => !before.has(path)),
        confirm: judged.flatMap((path) => knownRight.get(path) ?? []),
        doubt: judged.filter((path) => !knownRight.has(path)),
      },
    }
  }

  function check({ id, name, classes }: Dataset, changes: readonly CorrectionChange[]): void {
    const newest = datasets.get(name)
    const pathOf = ({ path }: { readonly path: string }): string => path
    const files = [
      ...pages.imagesBy(id, changes.map(pathOf)),
      ...datasets.problems(id),
      ...(newest.options.corrections ?? []),
      ...corrections.pending(name),
    ]
    const known = new Set(files.map(pathOf))
    const stranger = changes.find(({ path }) => !known.has(path))
    if (stranger)
      throw new StudioError('not-found', { what: 'dataset-file', dataset: name, path: stranger.path })
    const allowed = new Set([...classes, ...newest.classes])
    for (const one of changes)
      if (one.action === 'relabel' && !allowed.has(one.class))
        throw new StudioError('unknown-class', {
          what: 'request',
          name: one.class,
          dataset: name,
          classes: newest.classes.slice(0, 21),
        })
  }

  return {
    list,
    change,
    async remedy(id, code) {
      const examined = await health.of(id)
      const out = list(id).pending.filter(({ action }) => action === 'leave-out' || action === 'mislabelled')
      const paths = out.map(({ path }) => path)
      const isOut = new Set(pages.imagesBy(id, paths).map(({ position }) => position))
      const positions = remedy(code, examined, (position) => isOut.has(position))
      const { entries } = pages.imagesAt(id, positions, {}, { offset: 0, limit: positions.length })
      return change(id, { put: entries.map(({ path }) => ({ path, action: 'leave-out' })) })
    },
  }
}

const byPath = <Entry extends { readonly path: string }>(
  entries: readonly Entry[],
): ReadonlyMap<string, Entry> => new Map(entries.map((entry) => [entry.path, entry]))
