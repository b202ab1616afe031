import { availableParallelism } from 'node:os'
import type * as ort from 'onnxruntime-node'
import { StudioError, isOutOfMemory, messageOf } from '../../base/errors.ts'
import { bytesOf, type Tensor, type Tensors } from '../../base/tensor.ts'
import type { Provider } from './providers.ts'
import { runtime } from './runtime.ts'

export type Session = ort.InferenceSession
export type OrtTensor = ort.Tensor
export type Feeds = Readonly<Record<string, OrtTensor>>

export interface SessionOptions {
  readonly provider: Provider
  readonly threads?: number | undefined
  /** Values of the model's initializers that lie outside of it. Read while the session opens, and not kept. */
  readonly constants?: Tensors | undefined
  /** Outputs (by name) that stay in the device's memory. */
  readonly onDevice?: readonly string[]
}

/**
 * Compiles a model (bytes or a file). Threads that wait for each other spin for a millisecond at most, and not between
 * runs: the decode threads of the pipeline share the cores with them. A GPU provider must take the whole graph: single
 * operations sent back to the CPU would be slower than the CPU alone, unnoticed.
 */
export async function openSession(model: Uint8Array | string, options: SessionOptions): Promise<Session> {
  const { provider, constants, onDevice = [] } = options
  const settings: ort.InferenceSession.SessionOptions = {
    executionProviders: [...provider.execution],
    intraOpNumThreads: options.threads ?? availableParallelism(),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // A planned block would come on top of what the first run took: a third more memory for no time.
    enableMemPattern: false,
    logSeverityLevel: 4,
    ...(constants && {
      externalData: [...constants].map(([path, { data }]) => ({ path, data: bytesOf(data) })),
    }),
    preferredOutputLocation: Object.fromEntries(onDevice.map((name) => [name, 'gpu-buffer'] as const)),
    extra: {
      session: {
        intra_op: { allow_spinning: '1', spin_duration_us: '1000' },
        force_spinning_stop: '1',
        ...(provider.wholeGraph ? { disable_cpu_ep_fallback: '1' } : {}),
      },
    },
  }
  provider.prepare?.()
  // The two calls are two overloads.
  return translate(provider, () =>
    typeof model === 'string'
      ? runtime().InferenceSession.create(model, settings)
      : runtime().InferenceSession.create(model, settings),
  )
}

/**
 * One run; ONNX Runtime's errors become ours. What a fetch brings memory for is there afterwards, and not in the
 * results.
 */
export async function runSession(
  session: Session,
  provider: Provider,
  feeds: Feeds,
  fetches: Readonly<Record<string, OrtTensor | null>>,
): Promise<ort.InferenceSession.OnnxValueMapType> {
  const results = await translate(provider, () => session.run(feeds, fetches))
  const brought = Object.keys(fetches).filter((name) => fetches[name] !== null)
  for (const name of brought) dropCopy(results[name]!, fetches[name]!)
  return Object.fromEntries(Object.entries(results).filter(([name]) => !brought.includes(name)))
}

/** The Node binding copies every output, also one that was written where we wanted it: gone at once, not some time. */
function dropCopy({ data }: ort.Tensor, { data: ours }: OrtTensor): void {
  const { buffer } = data as Float32Array
  if (buffer instanceof ArrayBuffer && buffer !== (ours as Float32Array).buffer) buffer.transfer(0)
}

/** A view on our tensor's memory, not a copy. */
export function ortTensor({ shape, data }: Tensor): OrtTensor {
  return new (runtime().Tensor)('float32', data, shape)
}

/** ONNX Runtime's own words for it. */
const outOfMemory = /bad_alloc|failed to allocate|out of memory|out of device memory/i

async function translate<T>(provider: Provider, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const message = plainMessage(messageOf(error))
    if (isOutOfMemory(error) || outOfMemory.test(message)) {
      throw new StudioError(
        'out-of-memory',
        { what: 'onnxruntime', device: provider.id, detail: message },
        { cause: error },
      )
    }
    throw new StudioError(
      'engine-failed',
      { what: 'onnxruntime', device: provider.id, detail: message },
      { cause: error },
    )
  }
}

/** Without the C++ file, line and condition that ONNX Runtime puts before its sentence. */
function plainMessage(message: string): string {
  // CUDA names what failed in the middle of a paragraph of its own templates.
  const cuda = /\b(?:CUDA|CUDNN|CUBLAS) failure \d+: [^;]*[^; ]/.exec(message)?.[0]
  if (cuda) return cuda
  const [first = ''] = message.trim().split('\n')
  return first.replace(/^\/\S+:\d+ .*? was false\. */, '') || message
}
