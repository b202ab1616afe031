import { execFile } from 'node:child_process'

/** Memory that this process holds, bytes. */
export interface MemoryUse {
  /** Resident main memory, decode threads included. */
  readonly process: number
  /** Memory of the compute device; null where that is main memory, or where it is not reported. */
  readonly device: number | null
}

export interface MemoryMeter {
  now(): MemoryUse
  close(): void
}

/** Milliseconds between two looks at a device: a process is started for each. */
const interval = 2000

/**
 * Measures this process. Engines do not say what they hold of a GPU; NVIDIA's driver does, by process.
 * @param device id, as engines name it: `cpu`, `cuda`, `gpu:0`, …
 */
export function openMemoryMeter(device: string, ask: typeof askDriver = askDriver): MemoryMeter {
  let known: number | null = null
  const look = (): void => ask((text) => (known = deviceMemory(text, process.pid)))
  const timer = isNvidia(device) ? setInterval(look, interval).unref() : undefined
  if (timer) look()
  return {
    now: () => ({ process: process.memoryUsage.rss(), device: known }),
    close: () => clearInterval(timer),
  }
}

const isNvidia = (device: string): boolean => /^(cuda|gpu)/i.test(device)

/** Says what the driver prints; nothing where there is none. */
function askDriver(tell: (text: string) => void): void {
  const query = ['--query-compute-apps=pid,used_gpu_memory', '--format=csv,noheader,nounits']
  execFile('nvidia-smi', query, { timeout: interval }, (error, text) => tell(error ? '' : text))
}

/** Bytes that a process holds on all GPUs, from lines `pid, MiB` (one for each GPU); null without one. */
export function deviceMemory(text: string, pid: number): number | null {
  const own = text.split('\n').flatMap((line) => {
    const [id, mebibytes] = line.split(',').map(Number)
    return id === pid && Number.isFinite(mebibytes) ? [mebibytes!] : []
  })
  return own.length === 0 ? null : own.reduce((sum, value) => sum + value, 0) * 2 ** 20
}
