import { availableParallelism } from 'node:os'
import ort from 'onnxruntime-node'
import { StudioError, messageOf } from '../../base/errors.ts'
import type { Tensor } from '../../base/tensor.ts'

export type Session = ort.InferenceSession
export type OrtTensor = ort.Tensor

/** ONNX Runtime's version. */
export const ortVersion: string = ort.env.versions.node ?? ort.env.versions.common

export interface SessionOptions {
  readonly threads?: number | undefined
}

/**
 * Compiles a model (bytes or a file) for the CPU. Threads do not spin while they wait: the decode threads of the
 * pipeline share the cores with them.
 */
export async function openSession(
  model: Uint8Array | string,
  options: SessionOptions = {},
): Promise<Session> {
  const settings: ort.InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    intraOpNumThreads: options.threads ?? availableParallelism(),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  }
  return translate(() =>
    typeof model === 'string'
      ? ort.InferenceSession.create(model, settings)
      : ort.InferenceSession.create(model, settings),
  )
}

/** One run; ONNX Runtime's errors become ours. */
export async function runSession(
  session: Session,
  feeds: Readonly<Record<string, OrtTensor>>,
  fetches: Readonly<Record<string, OrtTensor | null>>,
): Promise<ort.InferenceSession.OnnxValueMapType> {
  return translate(() => session.run(feeds, fetches))
}

/** A view on our tensor's memory, not a copy. */
export function ortTensor({ shape, data }: Tensor): OrtTensor {
  return new ort.Tensor('float32', data, shape)
}

async function translate<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const message = messageOf(error)
    if (/bad_alloc|failed to allocate|out of memory/i.test(message)) {
      throw new StudioError('out-of-memory', `ONNX Runtime ran out of memory: ${message}`, {
        hint: 'Use a smaller micro-batch (--micro-batch) or a smaller crop.',
        cause: error,
      })
    }
    throw new StudioError('engine-failed', `ONNX Runtime failed: ${message}`, { cause: error })
  }
}
