import { setTimeout } from 'node:timers/promises'
import { errorOf } from '../../core/base/errors.ts'
import { openContext } from '../../core/jobs/context/context.ts'
import { exportRun } from '../../core/jobs/export.ts'
import { processRunner } from '../../core/jobs/process/processRunner.ts'
import { startJob } from '../../core/jobs/process/startJob.ts'
import type { TrainResult } from '../../core/jobs/training/runTraining.ts'
import { openHelper } from '../../core/server/helper/helper.ts'

/**
 * `node everyday.ts SOURCE ENGINE IMAGE SECONDS`: trains in a worker process, predicts in the server's helper process and
 * exports in this one, as the command line does. The last two stay for some seconds, since what a library does by
 * itself it does later.
 */
const [source, engine, image, seconds] = process.argv.slice(2) as [string, string, string, string]
const recipe = {
  network: { config: 'A', widthMultiplier: 0.1, fcWidth: 32, batchNorm: true },
  data: { crop: 32, scale: 36 },
  optimization: { epochs: 1, batchSize: 12 },
  initialization: { kind: 'he' },
  execution: { engine, device: 'cpu', threads: 1, decodeThreads: 1 },
}

const context = openContext({})
const home = context.home.folder
const input = { dataset: source, recipe }
const trained = await startJob(processRunner, { kind: 'train', input, context, onEvent: context.emit }).ended
if (trained.kind !== 'result') throw errorOf(trained.error)
const { run } = trained.result as TrainResult

const helper = openHelper({ home, parallel: 1 })
const { predictions } = await helper.run('predict', { run, images: [image] })
const { certificate } = await exportRun(context, { run, format: 'onnx' })
await setTimeout(Number(seconds) * 1000)
helper.close()
context.registry.close()
console.log(JSON.stringify({ predicted: predictions.length, passed: certificate.passed }))
