import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { calibrate } from '../../core/engine/calibrate.ts'
import { candidateOf } from '../../core/engine/candidates.ts'
import type { Device } from '../../core/engine/types.ts'
import { vggDefaults } from '../network/build.ts'

const device = (engine: Device['engine'], id: string): Device => ({
  ...{ engine, id, name: id, precisions: ['fp32'], usable: true },
})
const cpu = candidateOf(device('onnxruntime', 'cpu'), 'fp32')
const tensorflow = candidateOf(device('tensorflow', 'cpu'), 'fp32')
const shape = {
  network: {
    ...vggDefaults,
    family: 'vgg',
    config: 'A',
    classes: 3,
    crop: 32,
    fcWidth: 16,
    widthMultiplier: 0.1,
  },
  frozen: ['features.0'],
  images: 4,
  threads: 1,
} as const

afterEach(() => vi.unstubAllEnvs())

/** A TensorFlow whose native module does this when it is loaded. */
function pretendTensorflow(code: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-studio-broken-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'binding.cjs'), code)
  const facts = { format: 'vgg-studio-tensorflow', version: '0', variant: 'cpu' }
  const manifest = { ...facts, binding: 'binding.cjs', files: ['binding.cjs'] }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  vi.stubEnv('VGG_STUDIO_TENSORFLOW', folder)
}

describe('calibration', () => {
  it('measures each candidate with steps of the run’s own shape, and says which it is at', async () => {
    const seen: string[] = []
    const [measured] = await calibrate({
      candidates: [cpu],
      shape,
      batchSize: 8,
      onProgress: ({ label }, index) => seen.push(`${index} ${label}`),
    })
    expect(seen).toEqual(['0 ONNX Runtime CPU'])
    expect(measured).toMatchObject({ ...cpu, reason: null })
    expect(measured!.secondsPerImage).toBeGreaterThan(0)
    expect(measured!.secondsPerImage).toBeLessThan(1)
  })

  it('rules out what fails, with the reason, and goes on', async () => {
    const missing = candidateOf(device('onnxruntime', 'abacus'), 'fp32')
    const [first, second] = await calibrate({ candidates: [missing, cpu], shape, batchSize: 8 })
    expect(first).toMatchObject({ secondsPerImage: null, reason: expect.stringContaining('"abacus"') })
    expect(second!.reason).toBeNull()
  })

  it('outlives a native crash, and rules out what crashed', async () => {
    pretendTensorflow(`process.stderr.write('the driver is not amused\\n'); process.abort()`)
    const [first, second] = await calibrate({ candidates: [tensorflow, cpu], shape, batchSize: 8 })
    expect(first).toMatchObject({ secondsPerImage: null, reason: expect.stringContaining('SIGABRT') })
    expect(second!.secondsPerImage).toBeGreaterThan(0)
  })

  it('says that memory ran out, where the system ends the process for it', async () => {
    pretendTensorflow(`process.kill(process.pid, 'SIGKILL')`)
    const [first] = await calibrate({ candidates: [tensorflow], shape, batchSize: 8 })
    expect(first!.reason).toMatch(/when memory runs out/)
  })

  it('does not wait for what is plainly slower', async () => {
    const steps = join(mkdtempSync(join(tmpdir(), 'vgg-studio-steps-')), 'steps')
    onTestFinished(() => rmSync(dirname(steps), { recursive: true }))
    // Computes nothing, and takes half a second for each forward and backward pass.
    pretendTensorflow(`
      const { appendFileSync } = require('node:fs')
      let next = 1
      module.exports = {
        createTensor: () => next++,
        deleteTensor: () => undefined,
        tensorDataSync: () => new Float32Array(1000),
        loadSavedModel: () => 1,
        deleteSavedModel: () => undefined,
        runSavedModel(model, tensors, inputs, outputs) {
          if (inputs.includes('images')) {
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
            appendFileSync(${JSON.stringify(steps)}, 'step ')
          }
          return outputs.split(',').map(() => ({ id: next++, shape: [] }))
        },
        getNumOfTensors: () => 0,
        getNumOfSavedModels: () => 0,
      }`)
    const [fast, slow] = await calibrate({ candidates: [cpu, tensorflow], shape, batchSize: 8 })
    expect(slow!.secondsPerImage).toBeGreaterThan(3 * fast!.secondsPerImage!)
    // A first step, and one that showed enough.
    expect(readFileSync(steps, 'utf8')).toBe('step step ')
  })

  it('ends at once where it is told to', async () => {
    pretendTensorflow('for (;;);')
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 1500)
    const start = performance.now()
    const calibrating = calibrate({ candidates: [tensorflow, cpu], shape, batchSize: 8, signal: stop.signal })
    await expect(calibrating).rejects.toMatchObject({ code: 'canceled' })
    expect(performance.now() - start).toBeLessThan(15_000)
  })
})
