import { describe, expect, it } from 'vitest'
import type { Measurement } from '../../core/engine/calibrate.ts'
import { chooseFastest, explain, factor } from '../../core/engine/choice.ts'

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
const told = (all: readonly Measurement[]): string => explain(chooseFastest(all), all)

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
    expect([1, 1.04, 3.44, 9.96, 41.2].map(factor)).toEqual(['1.0×', '1.0×', '3.4×', '10×', '41×'])
  })
})
