import { resolve } from 'node:path'
import { StudioError } from '../../base/errors.ts'
import type { ActivationsInput } from '../../jobs/tasks/activations.ts'
import type { DenseMapInput } from '../../jobs/tasks/denseMap.ts'
import type { FiltersInput } from '../../jobs/tasks/filters.ts'
import type { HeatMapInput } from '../../jobs/tasks/heatMap.ts'
import type { Sheet } from '../../jobs/tasks/insidePictures.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id } from '../../registry/types.ts'
import type {
  ActivationsAnswer,
  DenseMapAnswer,
  FiltersAnswer,
  HeatMapAnswer,
  SheetPicture,
} from '../api/types.ts'
import type { Helper } from '../helper/helper.ts'
import type { Body, Uploads } from './uploads.ts'

interface KnownImage {
  readonly dataset: Id
  readonly position: number
}

type Asked = Omit<ActivationsInput, 'image'>

/** What networks have learned, and what their layers answer. */
export interface Inside {
  filters(input: FiltersInput): Promise<FiltersAnswer>
  /** For an image of a data set. */
  known(input: Asked, image: KnownImage): Promise<ActivationsAnswer>
  /** Grad-CAM for an image of a data set. */
  heatMap(input: Omit<HeatMapInput, 'image'>, image: KnownImage): Promise<HeatMapAnswer>
  /** A class's probability at each place of an image of a data set. @throws StudioError `no-score-map` */
  denseMap(input: Omit<DenseMapInput, 'image'>, image: KnownImage): Promise<DenseMapAnswer>
  /** For a file that a window sends. @throws StudioError `too-large` */
  uploaded(input: Asked, body: Body): Promise<ActivationsAnswer>
}

export interface InsideOptions {
  readonly registry: Registry
  readonly uploads: Uploads
  readonly helper: Helper
  readonly isDeleted: (run: Id) => boolean
}

export function openInside({ registry, uploads, helper, isDeleted }: InsideOptions): Inside {
  function check(run: string): void {
    const { id } = registry.runs.get(run)
    if (isDeleted(id)) throw new StudioError('not-found', { what: 'deleted-run', run: id })
  }

  function fileOf({ dataset, position }: KnownImage): string {
    const { root, name } = registry.datasets.get(dataset)
    const image = registry.pages.image(dataset, position)
    if (!image) throw new StudioError('not-found', { what: 'dataset-image', dataset: name, position })
    return resolve(root, image.path)
  }

  async function activations(input: ActivationsInput): Promise<ActivationsAnswer> {
    const start = performance.now()
    const { sheet, ...answer } = await helper.run('activations', input)
    return { ...answer, sheet: shownSheet(sheet), seconds: (performance.now() - start) / 1000 }
  }

  return {
    async filters(input) {
      check(input.run)
      const { sheet, ...filters } = await helper.run('filters', input)
      return { ...filters, sheet: shownSheet(sheet) }
    },
    async known(input, image) {
      check(input.run)
      return activations({ ...input, image: fileOf(image) })
    },
    async heatMap(input, image) {
      check(input.run)
      const { seen, heat, ...answer } = await helper.run('heatMap', { ...input, image: fileOf(image) })
      return { ...answer, seen: pngUrl(seen), heat: pngUrl(heat) }
    },
    async denseMap(input, image) {
      check(input.run)
      const { seen, heat, values, ...answer } = await helper.run('denseMap', {
        ...input,
        image: fileOf(image),
      })
      const greatest = values.reduce((most, value) => Math.max(most, value), 0)
      return { ...answer, greatest, seen: pngUrl(seen), heat: pngUrl(heat) }
    },
    async uploaded(input, body) {
      check(input.run)
      return uploads.use(body, (image) => activations({ ...input, image }))
    },
  }
}

const pngUrl = (picture: Uint8Array): string =>
  `data:image/png;base64,${Buffer.from(picture).toString('base64')}`

const shownSheet = ({ picture, ...sheet }: Sheet): SheetPicture => ({ ...sheet, picture: pngUrl(picture) })
