import { openEvaluationJob } from './evaluationJob.ts'
import { openNetworkJob } from './networkJob.ts'
import { openPipelineJob } from './pipelineJob.ts'
import type { BenchExecution, Job, Task } from './types.ts'

export function openJob({ work, execution, files, cache }: Task<BenchExecution>): Promise<Job> {
  switch (work.kind) {
    case 'pipeline':
      return openPipelineJob(work, files, cache)
    case 'evaluation':
      return openEvaluationJob(work, execution, files)
    default:
      return openNetworkJob(work, execution)
  }
}
