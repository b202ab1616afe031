/** Makes a home folder with a data set and two small runs, evaluated differently: `node evaluated.ts HOME`. */
import { openContext, type JobContext } from '../../core/jobs/context/context.ts'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { fileURLToPath } from 'node:url'

const [home] = process.argv.slice(2)
const sample = fileURLToPath(new URL('../../resources/sample/clipart/', import.meta.url))
const recipe = (config: string, min: number, max: number) => ({
  network: { config, widthMultiplier: 0.05, fcWidth: 32, batchNorm: true },
  data: { crop: 32, scale: { min, max } },
  optimization: { epochs: 1, batchSize: 32, learningRate: 0.01 },
  initialization: { kind: 'he' },
  execution: { engine: 'onnxruntime', device: 'cpu', precision: 'fp32', threads: 1, decodeThreads: 1 },
})

const context = openContext({ home })
await trainRun(context, { dataset: sample, name: 'jittered', recipe: recipe('D', 36, 44) })
// Its images reach no scale below its own.
await trainRun(context, { dataset: 'd1', name: 'fixed', recipe: recipe('A', 32, 32) })
await evaluateRun(context, { run: 'r1' })
await evaluateRun(context, { run: 'r2', views: 'dense' })
await breakOff(context)
context.registry.close()

/** An evaluation that is canceled after some of its images. */
async function breakOff(jobs: JobContext): Promise<void> {
  const abort = new AbortController()
  const emit: JobContext['emit'] = (event) => {
    if (event.event === 'progress' && 'soFar' in event && event.soFar) abort.abort()
  }
  const canceled = evaluateRun(
    { ...jobs, emit, signal: abort.signal },
    { run: 'r1', views: 'ten', split: 'train' },
  )
  await canceled.catch((error: { code?: string }) => {
    if (error.code !== 'canceled') throw error
  })
}
