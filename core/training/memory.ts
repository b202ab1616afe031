import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'

/**
 * Bytes that training on a device can take: its own memory where it tells, else, as on the CPU and on GPUs that share
 * the main memory, what is left of the machine's.
 */
export function memoryOn(device: { readonly id: string; readonly memory?: number | undefined }): number {
  return device.id === 'cpu' ? availableMemory() : (device.memory ?? availableMemory())
}

/**
 * Bytes that this process can still take without swapping or being killed: what the system has available (Linux:
 * MemAvailable), within the limit of a container, where file caches count as used although the kernel gives them up.
 */
export function availableMemory(): number {
  const limit = process.constrainedMemory()
  const available = process.availableMemory()
  if (limit === 0 || limit >= totalmem()) return available
  return Math.min(available + reclaimableCache(readText), limit)
}

/** File cache of this process' control group that is not in active use, bytes. */
export function reclaimableCache(read: (path: string) => string | undefined): number {
  for (const path of groupStatistics(read('/proc/self/cgroup') ?? '')) {
    const match = /^(?:total_)?inactive_file (\d+)$/m.exec(read(path) ?? '')
    if (match) return Number(match[1])
  }
  return 0
}

/** Where memory.stat may be: version 2, then 1; inside a container the group is the root of what is mounted. */
function groupStatistics(groups: string): string[] {
  const path = /^0::(.*)$/m.exec(groups)?.[1] ?? '/'
  const older = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(.*)$/m.exec(groups)?.[1] ?? '/'
  const folders = [
    `/sys/fs/cgroup${path}`,
    '/sys/fs/cgroup',
    `/sys/fs/cgroup/memory${older}`,
    '/sys/fs/cgroup/memory',
  ]
  return folders.map((folder) => `${folder.replace(/\/$/, '')}/memory.stat`)
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
