import { describe, expect, it } from 'vitest'
import { StudioError } from '../../../core/base/errors.ts'
import { loadBinding } from '../../../core/engine/tensorflow/binding.ts'
import { chosenDevice } from '../../../core/engine/tensorflow/devices.ts'
import { tensorflowEngine } from '../../../core/engine/tensorflow/engine.ts'
import { toStudioError } from '../../../core/engine/tensorflow/errors.ts'
import { readFixture } from '../fixtures.ts'
import { whyUnusable } from '../../say.ts'

describe("TensorFlow's errors", () => {
  // As TensorFlow and the loader of libraries word them.
  it.each([
    [
      'out-of-memory',
      'Session fail to run with error: OOM when allocating tensor with shape[16,64,224,224] and type float on /device:GPU:0 by allocator GPU_0_bfc',
    ],
    ['out-of-memory', 'std::bad_alloc'],
    ['missing-library', 'libcudnn.so.9: cannot open shared object file: No such file or directory'],
    ['missing-library', "/lib/x86_64-linux-gnu/libm.so.6: version `GLIBC_2.29' not found"],
    [
      'unsupported-device',
      'Cannot assign a device for operation Conv2D: /device:GPU:1 was specified but available devices are /device:CPU:0',
    ],
    ['unsupported-device', "No OpKernel was registered to support Op 'Conv2D' with these attrs."],
    ['engine-failed', 'Incompatible shapes: [2] vs. [3]'],
  ])('%s: %s', (code, message) => {
    const error = toStudioError(new Error(message))
    expect(error).toBeInstanceOf(StudioError)
    expect(error.code).toBe(code)
    expect(error.message).toContain(message)
    if (code !== 'engine-failed') expect(error.hint).toBeTruthy()
  })

  it('are of memory too where JavaScript has none for what TensorFlow returns', () => {
    const error = new RangeError('WebAssembly.Memory(): could not allocate memory')
    expect(toStudioError(error).code).toBe('out-of-memory')
  })

  it('leave our own as they are', () => {
    const error = new StudioError('missing-weights', { tensor: 'fc.weight' })
    expect(toStudioError(error)).toBe(error)
  })

  it('say how to install it where it is missing', () => {
    expect(() => loadBinding(1, null)).toThrowError(/not installed/)
  })

  it('name a device that is not there', () => {
    expect(() => chosenDevice({ device: 'cuda:7' })).toThrowError('no device "cuda:7"')
  })
})

const [cpu] = await tensorflowEngine.devices()
const why = cpu?.usable ? '' : ` (skipped: ${whyUnusable(cpu)})`
it.skipIf(!cpu?.usable)(`an input of the wrong shape fails the run only${why}`, async () => {
  const fixture = await readFixture('primitives', 'relu')
  const predictor = await tensorflowEngine.predictor(fixture.network, fixture.initial.weights)
  const tooSmall = { shape: [1, 3, 4, 4], data: new Float32Array(48) }
  await expect(predictor.logits(tooSmall)).rejects.toMatchObject({ code: 'engine-failed' })
  expect((await predictor.logits(fixture.images)).shape).toEqual([3, 4])
  await predictor.dispose()
})
