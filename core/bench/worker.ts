import { createInterface } from 'node:readline'
import { factOf } from '../base/errors.ts'
import { peakMemory } from './memory.ts'
import type { BenchExecution, Job, Round, Task } from './types.ts'
import { openEvaluationJob } from './evaluationJob.ts'
import { openNetworkJob } from './networkJob.ts'
import { openPipelineJob } from './pipelineJob.ts'

/**
 * Our side of a benchmark, in a process of its own. Reads the task, loads it, warms up, and says `ready`; then answers
 * each further line with a round. Ends when its input does, so it never outlives its parent.
 */

/** The first runs compile, allocate and fill caches; networks settle in the second. */
const warmUps = { step: 2, inference: 2, evaluation: 1, pipeline: 1 } as const

let job: Job | undefined
try {
  for await (const line of createInterface({ input: process.stdin })) {
    if (job) {
      await say({ round: await timed(job) })
    } else {
      const task = JSON.parse(line) as Task<BenchExecution>
      job = await openJob(task)
      for (let run = 0; run < warmUps[task.benchmark.kind]; run++) await timed(job)
      await say({ ready: job.about })
    }
  }
  await job?.dispose()
} catch (error) {
  await say({ failed: factOf(error) })
}
process.exit()

async function timed(job: Job): Promise<Round> {
  await job.prepare()
  const start = performance.now()
  const images = await job.run()
  return { seconds: (performance.now() - start) / 1000, images, peakMemory: peakMemory() }
}

/** Resolves when it is written: the process may end then. */
function say(message: object): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${JSON.stringify(message)}\n`, () => resolve()))
}

function openJob({ benchmark, execution, files, cache }: Task<BenchExecution>): Promise<Job> {
  switch (benchmark.kind) {
    case 'pipeline':
      return openPipelineJob(benchmark, files, cache)
    case 'evaluation':
      return openEvaluationJob(benchmark, execution, files)
    default:
      return openNetworkJob(benchmark, execution)
  }
}
