import { workerData } from 'node:worker_threads'
import { instantiate } from './updateKernel.ts'
import { controlWords, runChunks, type UpdaterMemory } from './updater.ts'

/** A thread of the updater: sleeps until the generation advances, takes chunks, reports that it is done. */
const work = workerData as UpdaterMemory
const kernel = instantiate(work.memories)
let generation = 0
for (;;) {
  Atomics.wait(work.control, controlWords.generation, generation)
  generation = Atomics.load(work.control, controlWords.generation)
  runChunks(work, kernel, Atomics.load(work.control, controlWords.job))
  Atomics.sub(work.control, controlWords.running, 1)
  Atomics.notify(work.control, controlWords.running)
}
