import { resolveHome } from '../../core/jobs/context/home.ts'
import { runTraining, type TrainingOrder } from '../../core/jobs/training/runTraining.ts'

/** `node trainingProcess.ts HOME IMAGES`: trains the order that it is sent, says what happens, and ends. */
const home = resolveHome(process.argv[2]!, {})
const images = process.argv[3]!
process.once('message', (order: TrainingOrder) => {
  const emit = (event: unknown): void => void process.send!({ event })
  void runTraining({ home, images, emit, signal: new AbortController().signal }, order).then((result) =>
    process.send!({ result }, undefined, undefined, () => process.exit()),
  )
})
