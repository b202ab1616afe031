import { StudioError, isOutOfMemory, messageOf } from '../../base/errors.ts'

const outOfMemory = {
  pattern:
    /OOM when allocating|out of memory|failed to allocate|allocation failed|failed to map segment|bad_alloc|ResourceExhausted|RESOURCE_EXHAUSTED/i,
  code: 'out-of-memory',
} as const

/** What TensorFlow's messages mean for a person; the first that fits. */
const meanings = [
  outOfMemory,
  {
    pattern:
      /cannot open shared object|GLIBC|invalid ELF|file too short|undefined symbol|image not found|module could not be found/i,
    code: 'missing-library',
  },
  {
    pattern:
      /Could not satisfy.*device|Cannot assign a device|no supported kernel|No OpKernel was registered|no CUDA-capable device/i,
    code: 'unsupported-device',
  },
] as const

/** @returns the error as one that a person can act on */
export function toStudioError(error: unknown): StudioError {
  if (error instanceof StudioError) return error
  const detail = messageOf(error)
  const meaning = isOutOfMemory(error) ? outOfMemory : meanings.find(({ pattern }) => pattern.test(detail))
  const options = { cause: error }
  if (!meaning) return new StudioError('engine-failed', { what: 'tensorflow', detail }, options)
  if (meaning.code === 'out-of-memory')
    return new StudioError('out-of-memory', { what: 'tensorflow', detail }, options)
  return new StudioError(meaning.code, { detail }, options)
}

export function withStudioErrors<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw toStudioError(error)
  }
}
