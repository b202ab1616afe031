import { openNetworkJob } from './networkJob.ts'
import { openPipelineJob } from './pipelineJob.ts'
import type { BenchExecution, Job, Task } from './types.ts'

export function openJob({ work, execution, files, cache }: Task<BenchExecution>): Promise<Job> {
  return work.kind === 'pipeline' ? openPipelineJob(work, files, cache) : openNetworkJob(work, execution)
}
