import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DatasetImage } from '../../core/dataset/types.ts'
import { openContext } from '../../core/jobs/context/context.ts'

/**
 * node manyImages.ts HOME COUNT: files a data set with this many images, for tests of what a window does with it. They are
 * the sample's pictures over and over, each with a hash of its own, so that no thumbnail serves two.
 */
const [home, count] = [process.argv[2]!, Number(process.argv[3])]
const root = resolve(import.meta.dirname, '../../resources/sample/clipart')
const classes = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort()
const files = classes.map((name) => readdirSync(join(root, name)).filter((file) => file.endsWith('.png')))

function imageOf(index: number): DatasetImage {
  const label = Math.floor((index * classes.length) / count)
  const file = files[label]![index % files[label]!.length]!
  return {
    path: `${classes[label]}/${file}`,
    label,
    split: index % 7 === 0 ? 'test' : index % 6 === 0 ? 'validation' : 'train',
    hash: index.toString(16).padStart(64, '0'),
    info: { format: 'png', width: 150, height: 140, colorMode: 'rgb', alpha: false, bits: 8, bytes: 9000 },
  }
}

const { registry } = openContext({ home })
registry.datasets.add(
  {
    root,
    classes,
    images: Array.from({ length: count }, (_, index) => imageOf(index)),
    problems: [],
    statistics: {
      mean: [128, 128, 128],
      std: [60, 60, 60],
      pca: {
        values: [3, 2, 1],
        vectors: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
      },
    },
    source: { kind: 'folder' },
  },
  { validation: 0.15, test: 0.15, seed: 0 },
  'many',
)
registry.close()
