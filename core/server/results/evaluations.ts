import { resolve } from 'node:path'
import { StudioError } from '../../base/errors.ts'
import { outlinesOf } from '../../evaluation/outlines.ts'
import type { ImagePrediction, RankedClass } from '../../evaluation/types.ts'
import { cropPlan } from '../../evaluation/views.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { shown } from '../../messages/shown.ts'
import type { Registry } from '../../registry/registry.ts'
import type { EvaluationRow, Id } from '../../registry/types.ts'
import type { EvaluatedImage, ImageEntry } from '../api/types.ts'
import type { Helper } from '../helper/helper.ts'
import { pageIn, pageOf, sliceOf } from '../paging.ts'
import { openSimilar } from '../similar.ts'
import { evaluationEntry } from './entries.ts'
import type { CellQuery, Evaluations } from './types.ts'

export interface EvaluationsOptions {
  readonly registry: Registry
  readonly texts: Catalog
  readonly helper: Helper
  readonly isDeleted: (run: Id) => boolean
}

export function openEvaluations({ registry, texts, helper, isDeleted }: EvaluationsOptions): Evaluations {
  const similar = openSimilar(registry)
  function get(id: Id): EvaluationRow {
    const row = registry.evaluations.get(id)
    if (isDeleted(row.run)) throw new StudioError('not-found', { what: 'run-of-evaluation', evaluation: id })
    return row
  }
  /** Images of a list by how much they look like one of them. */
  function alike(
    id: Id,
    dataset: Id | null,
    { label, predicted, correct, like }: CellQuery,
  ): readonly number[] {
    const filter = { label, predicted, correct }
    if (dataset === null) throw new StudioError('not-found', { what: 'dataset-of-evaluation' })
    return similar.order(dataset, [id, filter], () => registry.pages.predictedImages(id, filter), like)
  }
  return {
    list(run) {
      const runs = run === undefined ? registry.runs.list().map(({ id }) => id) : [registry.runs.get(run).id]
      const rows = runs.filter((id) => !isDeleted(id)).flatMap((id) => registry.evaluations.summaries(id))
      return rows.map(evaluationEntry).sort((a, b) => Number(b.id.slice(1)) - Number(a.id.slice(1)))
    },
    view(id) {
      const row = get(id)
      return { ...shown(row, texts), runName: registry.runs.get(row.run).name }
    },
    async images(id, { label, predicted, correct, sort = 'position', like, ...paging }) {
      const { dataset } = get(id)
      if (sort === 'similar') {
        const page = pageIn(alike(id, dataset, { label, predicted, correct, like }), paging)
        const found = registry.pages.predictionsOf(id, page.entries)
        return { ...page, entries: found.map((prediction) => evaluatedImage(registry, dataset, prediction)) }
      }
      const slice = { ...sliceOf(paging), order: sort }
      const { total, entries } = registry.pages.predictions(id, { label, predicted, correct }, slice)
      const images = entries.map((prediction) => evaluatedImage(registry, dataset, prediction))
      return pageOf({ total, entries: images }, paging)
    },
    image(id, position, { sort = 'position', like, ...filter }) {
      const { dataset, result } = get(id)
      const order = sort === 'similar' ? 'position' : sort
      const found = registry.pages.prediction(id, position, filter, order)
      if (!found) throw new StudioError('not-found', { what: 'evaluated-image', evaluation: id, position })
      const image = evaluatedImage(registry, dataset, found.prediction)
      const outlines = outlinesOf(cropPlan(result.protocol), image)
      const at = sort === 'similar' ? alike(id, dataset, { ...filter, like }).indexOf(position) : found.place
      return { image, place: at === -1 ? null : at, outlines, flips: result.protocol.flips }
    },
    async views(id, position) {
      const { run, checkpoint, dataset, result } = get(id)
      const { path } = imageEntry(registry, dataset, position)
      const image = resolve(registry.datasets.get(dataset!).root, path)
      return helper.run('imageViews', { run, checkpoint, protocol: result.protocol, image })
    },
  }
}

function evaluatedImage(
  registry: Registry,
  dataset: Id | null,
  { item, top }: ImagePrediction,
): EvaluatedImage {
  const [{ label: predicted, probability: confidence }] = top as [RankedClass]
  return { ...imageEntry(registry, dataset, item), predicted, confidence, top }
}

/** @throws StudioError `not-found` where the data set was deleted */
export function imageEntry(registry: Registry, dataset: Id | null, position: number): ImageEntry {
  const image = dataset === null ? null : registry.pages.image(dataset, position)
  if (!image) throw new StudioError('not-found', { what: 'dataset-of-evaluation' })
  const { path, label, split, info } = image
  return { position, path, label, split, width: info.width, height: info.height }
}
