import { StudioError } from '../../base/errors.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { shown } from '../../messages/shown.ts'
import type { Registry } from '../../registry/registry.ts'
import type { EvaluationRow, Id } from '../../registry/types.ts'
import type { ImageEntry } from '../api/types.ts'
import { pageOf, sliceOf } from '../paging.ts'
import { evaluationEntry } from './entries.ts'
import type { Evaluations } from './types.ts'

export function openEvaluations(
  registry: Registry,
  texts: Catalog,
  isDeleted: (run: Id) => boolean,
): Evaluations {
  function get(id: Id): EvaluationRow {
    const row = registry.evaluations.get(id)
    if (isDeleted(row.run)) throw new StudioError('not-found', { what: 'run-of-evaluation', evaluation: id })
    return row
  }
  return {
    list(run) {
      const runs = run === undefined ? registry.runs.list().map(({ id }) => id) : [registry.runs.get(run).id]
      const rows = runs.filter((id) => !isDeleted(id)).flatMap((id) => registry.evaluations.list(id))
      return rows.map(evaluationEntry).sort((a, b) => Number(b.id.slice(1)) - Number(a.id.slice(1)))
    },
    view(id) {
      const row = get(id)
      return { ...shown(row, texts), runName: registry.runs.get(row.run).name }
    },
    async images(id, { label, predicted, correct, sort = 'position', ...paging }) {
      const { dataset } = get(id)
      const slice = { ...sliceOf(paging), order: sort }
      const { total, entries } = registry.pages.predictions(id, { label, predicted, correct }, slice)
      const images = entries.map(({ item, top }) => ({
        ...imageEntry(registry, dataset, item),
        predicted: top[0]!.label,
        confidence: top[0]!.probability,
        top,
      }))
      return pageOf({ total, entries: images }, paging)
    },
  }
}

/** @throws StudioError `not-found` where the data set was deleted */
export function imageEntry(registry: Registry, dataset: Id | null, position: number): ImageEntry {
  const image = dataset === null ? null : registry.pages.image(dataset, position)
  if (!image) throw new StudioError('not-found', { what: 'dataset-of-evaluation' })
  const { path, label, split, info } = image
  return { position, path, label, split, width: info.width, height: info.height }
}
