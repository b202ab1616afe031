import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Tensor, Tensors } from '../../core/base/tensor.ts'
import { openContext, type JobContext } from '../../core/jobs/context/context.ts'
import { resolveHome } from '../../core/jobs/context/home.ts'
import { importDataset } from '../../core/jobs/import.ts'
import { findWeights, removeWeights } from '../../core/jobs/weights/kept.ts'
import { getWeights } from '../../core/jobs/getWeights.ts'
import { importWeightsFile } from '../../core/jobs/importWeights.ts'
import { writeSafetensors } from '../../core/weights/safetensors.ts'

/**
 * Whether images tell how they have to be prepared for weights that do not say it: VGG-16's convolutions, of which it is
 * known (BGR, 0–255, less ImageNet's mean), in a file without a word, as they were published and turned to RGB; imported
 * with images of two samples: `npx node test/bench/preprocessing.ts [--weights HOME]`.
 *
 * HOME has vgg16-features already; else they are fetched. Prints what was tried, the best first, with how much more loss
 * each has (± two standard errors). Ends with 1 where the true one is told to be worse than the best.
 */
const { values } = parseArgs({ options: { weights: { type: 'string' } } })
const folder = mkdtempSync(join(tmpdir(), 'vgg-preprocessing-'))
const context = openContext({ home: join(folder, 'home'), emit: () => undefined })
try {
  const tensors = await features(context)
  const sample = fileURLToPath(new URL('../../resources/sample/', import.meta.url))
  const sources = {
    'sample of clip art': join(sample, 'clipart'),
    'sample of clothes': join(sample, 'fashion-mnist'),
  }
  for (const [title, source] of Object.entries(sources)) {
    const { dataset } = await importDataset(context, { source })
    for (const [order, expected, own] of [
      ['BGR', 'caffe', turned(tensors)],
      ['RGB', 'rgb-mean', tensors],
    ] as const) {
      const file = join(folder, 'unknown.safetensors')
      await writeSafetensors(file, own, {})
      const { tried } = await importWeightsFile(context, { source: file, dataset })
      await removeWeights(context.home, 'unknown')
      const list = tried!.map(({ id, loss, behind: { mean, error } }) =>
        [id, loss.toFixed(3), `(+${mean.toFixed(3)} ± ${(2 * error).toFixed(3)})`].join(' '),
      )
      console.log(`${title}, weights in ${order}: ${list.join(', ')}`)
      const { behind } = tried!.find(({ id }) => id === expected)!
      if (behind.mean > 2 * behind.error) process.exitCode = 1
    }
  }
} finally {
  context.registry.close()
  rmSync(folder, { recursive: true })
}

async function features(own: JobContext): Promise<Tensors> {
  const name = 'vgg16-features'
  if (values.weights) return (await findWeights(resolveHome(values.weights), name))!.tensors
  await getWeights(own, { name })
  return (await findWeights(own.home, name))!.tensors
}

/** The first convolution with red and blue exchanged, as it was published. */
function turned(tensors: Tensors): Tensors {
  const [name, { shape, data }] = [...tensors][0]!
  const area = shape[2]! * shape[3]!
  const other: Tensor = { shape, data: data.slice() }
  for (let start = 0; start < data.length; start += 3 * area) {
    other.data.set(data.subarray(start + 2 * area, start + 3 * area), start)
    other.data.set(data.subarray(start, start + area), start + 2 * area)
  }
  return new Map([...tensors, [name, other]])
}
