/** Runs in each decode thread: loads the images of the plans that it is sent, alongside the other threads. */
import { parentPort, workerData } from 'node:worker_threads'
import { StudioError, type ErrorFact, type ErrorValues } from '../base/errors.ts'
import { decode } from '../image/decode.ts'
import { openCropKernel } from './cropKernel.ts'
import {
  pixelRange,
  type LoadResult,
  type LoadPlan,
  type WorkerRequest,
  type WorkerSetup,
  type LoadTask,
} from './messages.ts'
import { isClosed, drain } from './queue.ts'
import { centerCrop, trainingCrop, type ImageSource } from './crops.ts'
import { renditionsOf } from './renditions.ts'
import { stringAt } from './sharedStrings.ts'

const { paths, hashes, normalization, cache } = workerData as WorkerSetup
const context = { normalization, cache, kernel: openCropKernel() }
const port = parentPort!

port.on('message', (request: WorkerRequest) => {
  if (request.kind === 'stop') port.close()
  else void load(request.plan)
})

/** Two images at once: libvips decodes one outside of this thread while this thread crops the other. */
async function load(plan: LoadPlan): Promise<void> {
  const each = async (index: number): Promise<void> => {
    const result = await loadImage(plan, index)
    if (isClosed(plan.queue)) return
    port.postMessage(result, [...new Set(result.renditions.map(({ data }) => data.buffer as ArrayBuffer))])
  }
  await Promise.all([drain(plan.queue, each), drain(plan.queue, each)])
}

/** What is wrong with a file is its result; anything else is a bug and ends the thread. */
async function loadImage(plan: LoadPlan, index: number): Promise<LoadResult> {
  const position = plan.order[plan.from + index]!
  const source = { path: stringAt(paths, position), hash: stringAt(hashes, position) }
  const { start, size } = pixelRange(plan, index)
  const planes = plan.pixels?.subarray(start, start + size)
  try {
    const renditions = await loadInto(plan.task, plan.from + index, source, planes)
    return { plan: plan.id, index, failure: null, renditions }
  } catch (error) {
    if (!(error instanceof StudioError)) throw error
    planes?.fill(0)
    return { plan: plan.id, index, failure: reasonOf(error), renditions: [] }
  }
}

/** Into its planes of the shared memory, or, where sizes differ, into memory of its own. */
async function loadInto(
  work: LoadTask,
  place: number,
  source: ImageSource,
  planes: Float32Array = new Float32Array(0),
): Promise<LoadResult['renditions']> {
  if (work.kind === 'renditions') {
    return renditionsOf(await decode(source.path), work.renditions, normalization.mean)
  }
  if (work.kind === 'training') await trainingCrop(context, source, work, place, planes)
  else await centerCrop(context, source, work, planes)
  return []
}

/** Without the path, which is beside it already. */
function reasonOf({ fact }: StudioError): ErrorFact {
  const isNamed = 'text' in fact && fact.text === 'in-file'
  const problem = isNamed ? (fact.values as ErrorValues<'in-file'>).problem : fact
  return { code: problem.code, text: 'message-alone', values: { problem } }
}
