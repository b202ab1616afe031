import { StudioError } from '../../base/errors.ts'
import { compareRuns } from '../../queries/compare.ts'
import type { HomeContext } from '../../jobs/context/home.ts'
import { thinnedEpochs } from '../curves.ts'
import { pageOf, sliceOf } from '../paging.ts'
import { imageEntry } from './evaluations.ts'
import type { Comparison } from './types.ts'

export function openComparison(context: HomeContext): Comparison {
  const { registry } = context

  return {
    view(ids, points, picked) {
      const input = { runs: ids, evaluations: picked }
      const { runs, settings, evaluations, evaluateOn, choices } = compareRuns(context, input)
      return {
        runs: runs.map(({ epochs, dataset, ...run }) => ({
          ...run,
          dataset: dataset && { dataset: dataset.dataset, name: dataset.name, version: dataset.version },
          epochs: thinnedEpochs(epochs, points),
        })),
        settings,
        evaluations: evaluations.map(({ evaluations: own, ...compared }) => ({ ...compared, ids: own })),
        evaluateOn,
        choices,
      }
    },
    async images({ first, second, only = 'differ', label, ...paging }) {
      const a = registry.evaluations.get(first)
      const b = registry.evaluations.get(second)
      const same =
        a.dataset === b.dataset &&
        a.split === b.split &&
        a.result.changedFiles?.digest === b.result.changedFiles?.digest
      if (a.dataset === null || !same) {
        throw new StudioError('other-images', { what: 'two' })
      }
      const { total, entries } = registry.pages.differences(
        first,
        second,
        { which: only, label },
        sliceOf(paging),
      )
      const shown = entries.map(({ image, first: one, second: other }) => ({
        ...imageEntry(registry, a.dataset, image),
        predictions: [one, other] as const,
      }))
      return pageOf({ total, entries: shown }, paging)
    },
  }
}
