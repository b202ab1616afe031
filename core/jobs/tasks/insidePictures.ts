import { encodePng } from '../../image/encode.ts'
import { tileSheet } from '../../image/tiles.ts'
import type { JobContext } from '../context/context.ts'
import type { Activations, ActivationsInput, Insides } from './activations.ts'
import { firstFilters, squareColumns, type Filters, type FiltersInput } from './filters.ts'

/** Tiles of a picture, row after row with nothing between them. */
export interface Sheet {
  /** PNG, a pixel for each number. */
  readonly picture: Uint8Array
  readonly columns: number
  /** Width of one tile, pixels. */
  readonly width: number
  readonly height: number
}

export type FilterPictures = Omit<Filters, 'tiles'> & { readonly sheet: Sheet }
export type ActivationPictures = Omit<Activations, 'tiles' | 'ranges'> & { readonly sheet: Sheet }

export async function filterPictures(context: JobContext, input: FiltersInput): Promise<FilterPictures> {
  const { tiles, ranges, ...filters } = await firstFilters(context, input)
  const columns = squareColumns(tiles.count)
  const picture = await encodePng(tileSheet(tiles, { ranges, columns }))
  return { ...filters, ranges, sheet: { picture, columns, width: tiles.width, height: tiles.height } }
}

export async function activationPictures(
  insides: Insides,
  input: ActivationsInput,
): Promise<ActivationPictures> {
  const { tiles, ranges, ...activations } = await insides.activations(input)
  const shown = activations.shown.map(({ channel }) => channel)
  const columns = squareColumns(shown.length)
  const picture = await encodePng(tileSheet(tiles, { shown, ranges, columns }))
  return { ...activations, sheet: { picture, columns, width: tiles.width, height: tiles.height } }
}
