import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { StudioError } from '../../../core/base/errors.ts'
import { benchmark } from '../../../core/engine/selection/benchmark.ts'
import { candidateOf } from '../../../core/engine/selection/candidates.ts'
import { runTrial, type StepTimes, type Trial } from '../../../core/engine/selection/trial.ts'
import type { Device } from '../../../core/engine/types.ts'
import { vggDefaults } from '../../network/build.ts'
import { say } from '../../say.ts'

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
  writeFileSync(join(folder, 'binding.cjs'), code)
  const facts = { format: 'vgg-studio-tensorflow', version: '0', variant: 'cpu' }
  const manifest = { ...facts, binding: 'binding.cjs', files: ['binding.cjs'] }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  vi.stubEnv('VGG_STUDIO_TENSORFLOW', folder)
}

/** Trials that take such steps, until they are given up; of engines that are not named, real ones. */
function pretendTrial(steps: Partial<Record<Device['engine'], readonly StepTimes[]>>): Trial {
  return async (task, options) => {
    const times = steps[task.engine]
    if (!times) return runTrial(task, options)
    for (const step of times) {
      if (options?.signal?.aborted) return ended
      options?.onAnswer?.({ step })
    }
    return null
  }
}
const ended = new StudioError('trial-ended', { trial: 'benchmark', ending: 'killed', by: '', last: '' }).fact
const quick = Array<StepTimes>(3).fill({ accumulate: 0.004, apply: 0.001 })

describe('a benchmark', () => {
  it('measures each candidate with steps of the run’s own shape, and says which it is at', async () => {
    const seen: string[] = []
    const [measured] = await benchmark({
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

  it('counts the fastest of its steps, not the first, and an update once for all images of its batch', async () => {
    const steps = [9, 0.4, 0.2, 0.3].map((accumulate) => ({ accumulate, apply: 0.8 }))
    const trial = pretendTrial({ onnxruntime: steps })
    const [measured] = await benchmark({ candidates: [cpu], shape, batchSize: 8, trial })
    expect(measured!.secondsPerImage).toBeCloseTo(0.2 / 4 + 0.8 / 8, 12)
  })

  it('rules out what fails, with the reason, and continues', async () => {
    const missing = candidateOf(device('onnxruntime', 'abacus'), 'fp32')
    const trial: Trial = (task, options) =>
      task.execution.device === 'abacus'
        ? runTrial(task, options)
        : pretendTrial({ onnxruntime: quick })(task, options)
    const [first, second] = await benchmark({ candidates: [missing, cpu], shape, batchSize: 8, trial })
    expect(first!.secondsPerImage).toBeNull()
    expect(say(first!.reason!)).toContain('"abacus"')
    expect(second!.reason).toBeNull()
  })

  it('outlives a native crash, and rules out what crashed', async () => {
    pretendTensorflow(`process.stderr.write('the driver is not amused\\n'); process.abort()`)
    const trial = pretendTrial({ onnxruntime: quick })
    const [first, second] = await benchmark({ candidates: [tensorflow, cpu], shape, batchSize: 8, trial })
    expect(first!.secondsPerImage).toBeNull()
    expect(say(first!.reason!)).toContain('SIGABRT')
    expect(second!.secondsPerImage).toBeGreaterThan(0)
  })

  it('says that memory ran out, where the system ends the process for it', async () => {
    pretendTensorflow(`process.kill(process.pid, 'SIGKILL')`)
    const [first] = await benchmark({ candidates: [tensorflow], shape, batchSize: 8 })
    expect(say(first!.reason!)).toMatch(/when memory runs out/)
  })

  it('does not wait for what is plainly slower', async () => {
    const taken: StepTimes[] = []
    const slow = Array<StepTimes>(9).fill({ accumulate: 0.5, apply: 0.001 })
    const trial: Trial = (task, options = {}) =>
      pretendTrial({ onnxruntime: quick, tensorflow: slow })(task, {
        ...options,
        onAnswer: (answer) => {
          if (task.engine === 'tensorflow') taken.push(answer.step!)
          options.onAnswer?.(answer)
        },
      })
    const [fast, slower] = await benchmark({ candidates: [cpu, tensorflow], shape, batchSize: 8, trial })
    expect(slower!.secondsPerImage).toBeGreaterThan(3 * fast!.secondsPerImage!)
    // A first step, and one that showed enough.
    expect(taken).toHaveLength(2)
  })

  it('ends at once where it is told to', async () => {
    pretendTensorflow('for (;;);')
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 700)
    const measuring = benchmark({ candidates: [tensorflow, cpu], shape, batchSize: 8, signal: stop.signal })
    await expect(measuring).rejects.toMatchObject({ code: 'canceled' })
  })
})
