import type { Statistics } from '../../core/dataset/types.ts'

/** Statistics of images that nobody decodes: they change nothing. */
export const plainStatistics: Statistics = {
  mean: [1, 1, 1],
  std: [1, 1, 1],
  pca: {
    values: [1, 1, 1],
    vectors: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  },
}
