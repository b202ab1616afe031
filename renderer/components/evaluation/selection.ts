import { m } from '../../messages/index.ts'

export const imageOrders = [
  'confidence',
  'least-confidence',
  'worst',
  'hardest',
  'position',
  'name',
  'largest',
  'smallest',
  'similar',
] as const
export type ImageOrder = (typeof imageOrders)[number]

/** Which images of an evaluation are listed, and how. */
export interface Selection {
  /** Class indices. */
  readonly truth: number | undefined
  readonly predicted: number | undefined
  readonly correct: boolean | undefined
  readonly sort: ImageOrder
  /** Position that the order by similarity begins with. */
  readonly like: number | undefined
}

/**
 * What an address selects: a cell, a class's images with the worst ahead, or, without either, the wrong predictions.
 * @param param a value of the query by its name
 */
export function selectionIn(param: (name: string) => string | undefined): Selection {
  const index = (name: string): number | undefined =>
    param(name) === undefined ? undefined : Number(param(name))
  const [truth, predicted] = [index('label'), index('predicted')]
  const nothing = truth === undefined && predicted === undefined
  const usual = truth !== undefined && predicted === undefined ? 'worst' : 'confidence'
  return {
    ...{ truth, predicted },
    correct: nothing && param('all') === undefined ? false : undefined,
    sort: imageOrders.find((name) => name === param('sort')) ?? usual,
    like: index('like'),
  }
}

export function titleOf({ truth, predicted, correct }: Selection, names: readonly string[]): string {
  const [row, column] = [names[truth ?? -1] ?? '', names[predicted ?? -1] ?? '']
  if (truth !== undefined && predicted !== undefined) return m.evaluate.imagesOfCell(row, column)
  if (truth !== undefined) return m.evaluate.imagesOfClass(row)
  if (predicted !== undefined) return m.evaluate.imagesOfPredicted(column)
  return correct === false ? m.evaluate.wrongImages : m.evaluate.allImages
}
