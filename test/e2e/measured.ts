/** Makes a home folder with two settings, trained and evaluated on 400 test images: `node measured.ts HOME`. */
import { fileURLToPath } from 'node:url'
import { openContext } from '../../core/jobs/context/context.ts'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import { trainRun } from '../../core/jobs/train.ts'

const [home] = process.argv.slice(2)
const sample = fileURLToPath(new URL('../../resources/sample/fashion-mnist/', import.meta.url))
const recipe = (fcWidth: number) => ({
  network: { config: 'A', widthMultiplier: 0.1, fcWidth, batchNorm: true, dropout: 0.2 },
  data: { crop: 32, scale: 34, flip: false, colorShift: 0 },
  optimization: { epochs: 2, batchSize: 32, learningRate: 0.03, schedule: 'cosine' },
  initialization: { kind: 'he-small-last' },
  execution: { engine: 'onnxruntime', device: 'cpu', precision: 'fp32', threads: 1, decodeThreads: 1 },
})

const context = openContext({ home })
await trainRun(context, { dataset: sample, name: 'narrow', recipe: recipe(32) })
await trainRun(context, { dataset: 'd1', name: 'wide', recipe: recipe(128) })
for (const run of ['r1', 'r2']) await evaluateRun(context, { run })
context.registry.close()
