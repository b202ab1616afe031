export const tileSizes = ['small', 'medium', 'large'] as const
export type TileSize = (typeof tileSizes)[number]

export interface GridLook {
  readonly size: TileSize
  readonly labels: boolean
}

/** Least sides of tiles, pixels. */
export const leastSide: Readonly<Record<TileSize, number>> = { small: 72, medium: 112, large: 200 }
/** Sides of the pictures that are asked for. */
export const pictureSide = { small: 128, medium: 128, large: 256 } as const

/** @param param a value of the query by its name */
export const lookIn = (param: (name: string) => string | undefined): GridLook => ({
  size: tileSizes.find((size) => size === param('tiles')) ?? 'medium',
  labels: param('labels') !== undefined,
})
