/** Runs in each decode thread: loads the images of the plans that it is sent, alongside the other threads. */
import { parentPort, workerData } from 'node:worker_threads'
import { StudioError } from '../base/errors.ts'
import { decode } from '../image/decode.ts'
import { createCropKernel } from './crop-kernel.ts'
import { pixelRange, type Outcome, type Plan, type Request, type Setup, type Work } from './messages.ts'
import { isClosed, workOff } from './queue.ts'
import { centerCrop, trainingCrop, type Source } from './render.ts'
import { renditionsOf } from './renditions.ts'
import { stringAt } from './shared-strings.ts'

const { paths, hashes, normalization, cache } = workerData as Setup
const studio = { normalization, cache, kernel: createCropKernel() }
const port = parentPort!

port.on('message', (request: Request) => {
  if (request.kind === 'stop') port.close()
  else void load(request.plan)
})

/** Two images at once: libvips decodes one outside of this thread while this thread crops the other. */
async function load(plan: Plan): Promise<void> {
  const each = async (index: number): Promise<void> => {
    const outcome = await loadImage(plan, index)
    if (isClosed(plan.queue)) return
    port.postMessage(outcome, [...new Set(outcome.renditions.map(({ data }) => data.buffer as ArrayBuffer))])
  }
  await Promise.all([workOff(plan.queue, each), workOff(plan.queue, each)])
}

/** What is wrong with a file is its outcome; anything else is a bug and ends the thread. */
async function loadImage(plan: Plan, index: number): Promise<Outcome> {
  const position = plan.order[plan.from + index]!
  const source = { path: stringAt(paths, position), hash: stringAt(hashes, position) }
  const { start, size } = pixelRange(plan, index)
  const planes = plan.pixels?.subarray(start, start + size)
  try {
    const renditions = await render(plan.work, plan.from + index, source, planes)
    return { plan: plan.id, index, failure: null, renditions }
  } catch (error) {
    if (!(error instanceof StudioError)) throw error
    planes?.fill(0)
    return { plan: plan.id, index, failure: reasonOf(error, source.path), renditions: [] }
  }
}

/** Into its planes of the shared memory, or, where sizes differ, into memory of its own. */
async function render(
  work: Work,
  place: number,
  source: Source,
  planes: Float32Array = new Float32Array(0),
): Promise<Outcome['renditions']> {
  if (work.kind === 'renditions') {
    return renditionsOf(await decode(source.path), work.renditions, normalization.mean)
  }
  if (work.kind === 'training') await trainingCrop(studio, source, work, place, planes)
  else await centerCrop(studio, source, work, planes)
  return []
}

/** The path is beside it already. */
function reasonOf({ message }: StudioError, path: string): string {
  return message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message
}
