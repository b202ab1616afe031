import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hugePages } from '../base/hugePages.ts'
import { moduleUrl } from '../base/moduleUrl.ts'
import { startChild, type Child, type Program } from './child.ts'
import { measure } from './measure.ts'
import { peerExecution, peerModel, peerProgram } from './peer.ts'
import { listPictures, generatePictures } from './pictures.ts'
import type {
  BenchExecution,
  BenchProgress,
  Measurement,
  OursReady,
  PeerReady,
  PeerRuntime,
  PeerTask,
  Task,
  Benchmark,
} from './types.ts'
import { pictureCount } from './benchmarks.ts'

export interface BenchOptions {
  readonly benchmarks: readonly Benchmark[]
  readonly execution: BenchExecution
  /** At least 1; 7 for numbers to rely on. */
  readonly rounds: number
  /** A Python with PyTorch to compare with. */
  readonly peer: string | null
  /** What computes there; default: PyTorch. */
  readonly runtime?: PeerRuntime | undefined
  /** A folder of JPEG files for pipelines; null: pictures are made. */
  readonly files: string | null
  /** Folder for pictures and decoded images, which may be deleted at any time. */
  readonly cache: string
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: BenchProgress) => void
}

/**
 * Measures benchmarks one after the other. Each has a process of ours and one of the peer's, which take turns: at any time
 * only one of them computes, so that whatever else the machine does burdens both alike.
 *
 * @throws StudioError what the engines and the loader throw; `peer-failed`, `bench-died`; `canceled`
 */
export async function* bench(options: BenchOptions): AsyncGenerator<Measurement, void, undefined> {
  const decoded = join(options.cache, 'decoded')
  try {
    for (const benchmark of options.benchmarks) {
      const files = await pictures(options, filesOf(benchmark))
      yield await measureWork(options, { benchmark, execution: options.execution, files, cache: decoded })
    }
  } finally {
    await rm(decoded, { recursive: true, force: true })
  }
}

/** How many files a work reads. */
function filesOf(benchmark: Benchmark): number {
  if (benchmark.kind === 'pipeline') return pictureCount
  return benchmark.kind === 'evaluation' ? benchmark.images : 0
}

/** This many made or found files. */
async function pictures(
  { files, cache, signal, onProgress }: BenchOptions,
  count: number,
): Promise<readonly string[]> {
  if (count === 0) return []
  if (files !== null) return listPictures(files, count)
  const follow = followRounds(count, (progress) => onProgress?.({ label: 'Painting pictures', ...progress }))
  return generatePictures(cache, count, { signal, onProgress: follow })
}

async function measureWork(options: BenchOptions, task: Task<BenchExecution>): Promise<Measurement> {
  const { peer: python, rounds, signal, onProgress } = options
  const { benchmark } = task
  const { threads } = options.execution
  const loading = (who: string): void =>
    onProgress?.({ label: `${benchmark.name}: loading ${who}`, done: 0, total: rounds, secondsLeft: null })
  const children: Child<unknown>[] = []
  try {
    loading('ours')
    const ours = await startChild<OursReady>(ourProgram(), task, signal)
    children.push(ours)
    if (python !== null) loading('the peer')
    const peer =
      python === null ? null : await startPeer(python, options.runtime ?? 'pytorch', task, ours.ready, signal)
    if (peer) children.push(peer)
    const follow = followRounds(rounds * children.length, (progress) =>
      onProgress?.({ label: benchmark.name, ...progress }),
    )
    let done = 0
    return await measure({ ours, peer }, { benchmark, threads, rounds }, () => follow(++done))
  } finally {
    await Promise.all(children.map((child) => child.end()))
  }
}

function ourProgram(): Program {
  const module = fileURLToPath(moduleUrl(import.meta.url, './worker'))
  return { name: 'The measured process', command: process.execPath, args: [module], environment: hugePages }
}

async function startPeer(
  python: string,
  runtime: PeerRuntime,
  task: Task<BenchExecution>,
  ours: OursReady,
  signal: AbortSignal | undefined,
): Promise<Child<PeerReady>> {
  const { threads } = task.execution
  const program = peerProgram(python, threads)
  const model = peerModel(task.benchmark)
  const start = (layout: PeerTask['layout']): Promise<Child<PeerReady>> =>
    startChild<PeerReady>(
      program,
      { ...task, execution: peerExecution(ours, threads, runtime), layout, model } satisfies PeerTask,
      signal,
    )
  const peer = await start(null)
  if (peer.ready.layout === null) return peer
  await peer.end()
  return start(peer.ready.layout)
}

/** Tells how far `total` equal pieces of work are, and how long the rest will take by those that are done. */
function followRounds(
  total: number,
  show: (progress: Omit<BenchProgress, 'label'>) => void,
): (done: number) => void {
  const start = performance.now()
  show({ done: 0, total, secondsLeft: null })
  return (done) => {
    const seconds = (performance.now() - start) / 1000
    show({ done, total, secondsLeft: (seconds / done) * (total - done) })
  }
}
