import { describe, expect, it } from 'vitest'
import type { Measurement } from '../../../core/engine/selection/benchmark.ts'
import {
  chooseFastest,
  explainChoice,
  firstPassing,
  ruleOutFailing,
  type CandidateTest,
} from '../../../core/engine/selection/choice.ts'
import { say } from '../../say.ts'
import { factorText } from '../../../core/messages/en/devices.ts'

const measurement = (
  label: string,
  secondsPerImage: number | null,
  facts: Partial<Measurement> = {},
): Measurement => ({
  engine: label.startsWith('TensorFlow') ? 'tensorflow' : 'onnxruntime',
  device: 'cpu',
  precision: label.endsWith('bf16') ? 'bf16' : 'fp32',
  label,
  secondsPerImage,
  reason: secondsPerImage === null ? 'It ran out of memory.' : null,
  ...facts,
})
const onnx = (seconds: number | null) => measurement('ONNX Runtime CPU', seconds)
const fp32 = (seconds: number | null) => measurement('TensorFlow CPU fp32', seconds)
const bf16 = (seconds: number | null) => measurement('TensorFlow CPU bf16', seconds)
const told = (all: readonly Measurement[]): string => say(explainChoice(chooseFastest(all), all))

describe('the choice', () => {
  it('is the fastest, and says how it compares with what comes with the studio', () => {
    expect(told([onnx(0.34), fp32(0.26), bf16(0.1)])).toBe('TensorFlow CPU bf16, 3.4× ONNX Runtime CPU here')
  })

  it('that comes with the studio is held against the next best', () => {
    expect(told([onnx(0.1), fp32(0.15), bf16(0.2)])).toBe('ONNX Runtime CPU, 1.5× TensorFlow CPU fp32 here')
  })

  it('gives up bits only for a gain that is no accident', () => {
    expect(told([onnx(0.3), fp32(0.102), bf16(0.1)])).toMatch(/^TensorFlow CPU fp32/)
    expect(told([onnx(0.3), fp32(0.12), bf16(0.1)])).toMatch(/^TensorFlow CPU bf16/)
  })

  it('leaves out what was ruled out, and says why where nothing else is left', () => {
    expect(told([onnx(0.3), fp32(null)])).toBe(
      'ONNX Runtime CPU, the only one that works here (TensorFlow CPU fp32: It ran out of memory.)',
    )
    expect(told([onnx(null), fp32(0.3), bf16(0.1)])).toBe(
      'TensorFlow CPU bf16, 3.0× TensorFlow CPU fp32 here',
    )
  })

  it('says of each why, where nothing works', () => {
    expect(() => chooseFastest([onnx(null), bf16(null)])).toThrow(
      'ONNX Runtime CPU: It ran out of memory. TensorFlow CPU bf16: It ran out of memory.',
    )
  })

  it('writes factors with two digits', () => {
    expect([1, 1.04, 3.44, 9.96, 41.2].map(factorText)).toEqual(['1.0×', '1.0×', '3.4×', '10×', '41×'])
  })
})

const onDevice = (device: string, secondsPerImage: number | null): Measurement => ({
  ...{ engine: 'onnxruntime', device, precision: 'fp32', label: device },
  ...{ secondsPerImage, reason: secondsPerImage === null ? 'It is not there.' : null },
})
const [webgpu, cuda, cpu] = [onDevice('webgpu', 0.1), onDevice('cuda', 0.2), onDevice('cpu', 0.3)]

/** Fails on these devices, and remembers what it was asked for. */
function testFailingOn(...failing: readonly string[]): { test: CandidateTest; asked: readonly string[] } {
  const asked: string[] = []
  const test: CandidateTest = async ({ device }) => {
    asked.push(device)
    return failing.includes(device) ? 'It computes something else.' : null
  }
  return { test, asked }
}

describe('of what was measured', () => {
  it('the fastest is tested, and nothing that is slower', async () => {
    const { test, asked } = testFailingOn()
    const all = [cpu, cuda, webgpu]
    expect(await ruleOutFailing(all, test)).toBe(all)
    expect(asked).toEqual(['webgpu'])
  })

  it('what fails its test is ruled out with the reason, and the next is tested', async () => {
    const { test, asked } = testFailingOn('webgpu')
    const left = await ruleOutFailing([cpu, cuda, webgpu], test)
    expect(left).toEqual([
      cpu,
      cuda,
      { ...webgpu, secondsPerImage: null, reason: 'It computes something else.' },
    ])
    expect(chooseFastest(left)).toBe(cuda)
    expect(asked).toEqual(['webgpu', 'cuda'])
  })

  it('the CPU is taken as it is', async () => {
    const { test, asked } = testFailingOn('webgpu', 'cuda', 'cpu')
    expect(chooseFastest(await ruleOutFailing([cpu, cuda, webgpu], test))).toBe(cpu)
    expect(asked).toEqual(['webgpu', 'cuda'])
  })

  it('nothing is taken where all of it fails, and each reason is told', async () => {
    const { test } = testFailingOn('webgpu', 'cuda')
    await expect(ruleOutFailing([cuda, webgpu], test)).rejects.toMatchObject({
      code: 'no-device',
      message: expect.stringContaining(
        'cuda: It computes something else. webgpu: It computes something else.',
      ),
    })
  })
})

describe('of what was asked for', () => {
  it('the first that passes is taken', async () => {
    const { test, asked } = testFailingOn('webgpu')
    expect(await firstPassing([webgpu, cuda, cpu], test)).toBe(cuda)
    expect(asked).toEqual(['webgpu', 'cuda'])
    expect(await firstPassing([cpu, cuda], testFailingOn('cpu').test)).toBe(cpu)
  })

  it('a device that fails its test is refused with the reason and what to do', async () => {
    await expect(firstPassing([webgpu], testFailingOn('webgpu').test)).rejects.toMatchObject({
      code: 'device-unusable',
      message: 'webgpu can’t be used here. It computes something else.',
      hint: expect.stringContaining('--device cpu'),
    })
  })
})
