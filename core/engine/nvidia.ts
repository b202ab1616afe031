import { execFile } from 'node:child_process'

/** A GPU, as its driver describes it. */
export interface NvidiaGpu {
  readonly name: string
  /** Bytes of its memory. */
  readonly memory: number
  /** Version of the driver: `580.65.06`. */
  readonly driver: string
}

/** Milliseconds after which a driver that does not answer counts as none. */
const patience = 10_000

/** What `nvidia-smi` lists, which comes with the driver, by slot; nothing where there is none. */
export function nvidiaGpus(): Promise<readonly NvidiaGpu[]> {
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader,nounits']
  return new Promise((resolve) => {
    execFile('nvidia-smi', query, { timeout: patience }, (error, text) =>
      resolve(error ? [] : parseGpus(text)),
    )
  })
}

/** GPUs from lines `name, MiB, driver`. */
export function parseGpus(text: string): readonly NvidiaGpu[] {
  return text.split('\n').flatMap((line) => {
    const [name, mebibytes, driver] = line.split(',').map((part) => part.trim())
    const memory = Number(mebibytes) * 2 ** 20
    return name && driver && Number.isFinite(memory) ? [{ name, memory, driver }] : []
  })
}

/**
 * Memory of a device by its id: `cuda:1`, or `cuda:0,1` for GPUs that share each batch evenly, of which the smallest
 * decides. Undefined where the driver does not tell.
 */
export function memoryOfGpus(id: string, gpus: readonly NvidiaGpu[]): number | undefined {
  const [kind, list = '0'] = id.split(':')
  if (kind !== 'cuda') return undefined
  const found = list.split(',').map((index) => gpus[Number(index)]?.memory)
  if (found.some((memory) => memory === undefined)) return undefined
  return found.length * Math.min(...found.map(Number))
}
