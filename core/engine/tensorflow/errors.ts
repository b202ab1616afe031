import { StudioError, isOutOfMemory, messageOf } from '../../base/errors.ts'

const outOfMemory = {
  pattern:
    /OOM when allocating|out of memory|failed to allocate|allocation failed|failed to map segment|bad_alloc|ResourceExhausted|RESOURCE_EXHAUSTED/i,
  code: 'out-of-memory',
  summary: 'TensorFlow ran out of memory',
  hint: 'Close other programs, or use a smaller micro-batch (--micro-batch) or a smaller crop.',
} as const

/** What TensorFlow's messages mean for a person; the first that fits. */
const meanings = [
  outOfMemory,
  {
    pattern:
      /cannot open shared object|GLIBC|invalid ELF|file too short|undefined symbol|image not found|module could not be found/i,
    code: 'missing-library',
    summary: 'A library of the TensorFlow engine cannot be loaded',
    hint: 'Install it anew: `vgg-studio engines remove tensorflow`, then `vgg-studio engines install tensorflow`.',
  },
  {
    pattern:
      /Could not satisfy.*device|Cannot assign a device|no supported kernel|No OpKernel was registered|no CUDA-capable device/i,
    code: 'unsupported-device',
    summary: 'The device cannot run this network with TensorFlow',
    hint: 'Use --device cpu, or --engine onnxruntime.',
  },
] as const

/** @returns the error as one that a person can act on */
export function translate(error: unknown): StudioError {
  if (error instanceof StudioError) return error
  const message = messageOf(error)
  const meaning = isOutOfMemory(error) ? outOfMemory : meanings.find(({ pattern }) => pattern.test(message))
  if (!meaning) return new StudioError('engine-failed', `TensorFlow failed: ${message}`, { cause: error })
  const { code, summary, hint } = meaning
  return new StudioError(code, `${summary}: ${message}`, { hint, cause: error })
}

export function translated<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw translate(error)
  }
}
