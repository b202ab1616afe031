import { fileURLToPath } from 'node:url'
import { StudioError } from '../base/errors.ts'
import { entryOf } from '../network/architectures/index.ts'
import { startChild, type Program } from './child.ts'
import { specOf } from './networkJob.ts'
import type { OursReady, PeerExecution, PeerRuntime, Benchmark } from './types.ts'

const script = fileURLToPath(new URL('./peer.py', import.meta.url))

/** The same work in PyTorch, by a Python of the user's. */
export function peerProgram(python: string, threads: number): Program {
  const environment = { OMP_NUM_THREADS: String(threads), PYTHONUNBUFFERED: '1' }
  return { name: 'The peer', command: python, args: [script], environment }
}

export interface PeerVersions {
  readonly python: string
  readonly torch: string
  readonly torchvision: string
  /** Where it is what computes. */
  readonly openvino?: string
}

/**
 * Asks the Python for its libraries, before anything that takes long.
 * @throws StudioError `no-torch` with the line that installs it; `no-python`
 */
export async function checkPeer(
  python: string,
  runtime: PeerRuntime,
  signal?: AbortSignal,
): Promise<PeerVersions> {
  try {
    const task = { check: true, runtime }
    const peer = await startChild<PeerVersions>(peerProgram(python, 1), task, signal)
    await peer.end()
    return peer.ready
  } catch (error) {
    throw explained(error, python)
  }
}

function explained(error: unknown, python: string): unknown {
  if (!(error instanceof StudioError)) return error
  if (error.code === 'no-torch') {
    return new StudioError('no-torch', { python, detail: error.message })
  }
  if (error.code === 'bench-not-started' || error.code === 'bench-died') {
    return new StudioError('no-python', { python, problem: error.fact }, { cause: error })
  }
  return error
}

/**
 * torchvision's name of a work's network; null for pipelines.
 * @throws StudioError `no-peer` where torchvision has none
 */
export function peerModel(benchmark: Benchmark): string | null {
  if (benchmark.kind === 'pipeline') return null
  const spec = specOf(benchmark)
  const model = entryOf(spec).externalNames.torchvision.model(spec)
  if (model !== null) return model
  throw new StudioError('no-peer', { network: entryOf(spec).titleOf(spec) })
}

/** Where the peer computes, so that it is the same work: on the same kind of device, in the same numbers. */
export function peerExecution(
  { device, precision }: OursReady,
  threads: number,
  runtime: PeerRuntime,
): PeerExecution {
  return { device: device.startsWith('cuda') ? 'cuda' : 'cpu', runtime, precision, threads }
}
