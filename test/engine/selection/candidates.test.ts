import { describe, expect, it } from 'vitest'
import { candidatesOf } from '../../../core/engine/selection/candidates.ts'
import { placeText } from '../../../core/messages/en/computing.ts'
import { deviceTitle } from '../../../core/messages/names.ts'
import type { ExecutionRequest } from '../../../core/engine/types.ts'
import type { StudioError } from '../../../core/base/errors.ts'
import { engines } from '../../../core/engine/index.ts'
import { thisSystem, type System } from '../../../core/engine/install/machine.ts'
import type { Device } from '../../../core/engine/types.ts'

const auto: ExecutionRequest = { engine: 'auto', device: 'auto', precision: 'auto' }
const linux: System = { ...thisSystem(), platform: 'linux', arch: 'x64', glibc: '2.36' }
const here = (await Promise.all(engines.map((engine) => engine.devices()))).flat()

/** A machine with everything. */
const device = (engine: Device['engine'], id: string, facts: Partial<Device> = {}): Device => ({
  engine,
  id,
  name: id,
  precisions: engine === 'tensorflow' ? ['fp32', 'bf16'] : ['fp32'],
  usable: true,
  ...facts,
})
const large = [
  device('onnxruntime', 'cpu'),
  device('onnxruntime', 'webgpu', {
    usable: false,
    reason: { code: 'trial-ended', message: 'No adapter.' },
    remedy: { code: 'device-needs', values: { what: 'webgpu' } },
  }),
  device('tensorflow', 'cuda:0,1'),
  device('tensorflow', 'cuda:0'),
  device('tensorflow', 'cpu'),
]
const labels = (devices: readonly Device[], asked: Partial<ExecutionRequest> = {}): readonly string[] =>
  candidatesOf(devices, { ...auto, ...asked }).map(({ label }) => label)

describe('candidates', () => {
  it('are every usable engine, device and precision of this machine', () => {
    const expected = here.filter(({ usable }) => usable).flatMap(({ precisions }) => precisions)
    expect(candidatesOf(here, auto)).toHaveLength(expected.length)
    expect(labels(here)).toContain('ONNX Runtime CPU')
  })

  it('are named for people, the likely fastest first', () => {
    expect(labels(large)).toEqual([
      'TensorFlow GPUs 0, 1 fp32',
      'TensorFlow GPUs 0, 1 bf16',
      'TensorFlow GPU 0 fp32',
      'TensorFlow GPU 0 bf16',
      'TensorFlow CPU bf16',
      'TensorFlow CPU fp32',
      'ONNX Runtime CPU',
    ])
  })

  it('narrow to what a person fixed', () => {
    expect(labels(large, { engine: 'tensorflow', device: 'cpu' })).toEqual([
      'TensorFlow CPU bf16',
      'TensorFlow CPU fp32',
    ])
    expect(labels(large, { device: 'cpu', precision: 'fp32' })).toEqual([
      'TensorFlow CPU fp32',
      'ONNX Runtime CPU',
    ])
    expect(labels(large, { engine: 'onnxruntime' })).toEqual(['ONNX Runtime CPU'])
  })

  it('are in bf16 only where the device has it', () => {
    const older = [device('tensorflow', 'cpu', { precisions: ['fp32'] }), device('onnxruntime', 'cpu')]
    expect(labels(older)).toEqual(['TensorFlow CPU', 'ONNX Runtime CPU'])
    expect(() => labels(older, { precision: 'bf16' })).toThrow('No engine computes in bf16 here.')
  })

  it('are refused with the reason where there is none', () => {
    const refusal = (asked: Partial<ExecutionRequest>): unknown => {
      try {
        return labels(large, asked)
      } catch (error) {
        return error
      }
    }
    expect(refusal({ device: 'abacus' })).toMatchObject({
      code: 'unknown-device',
      hint: expect.stringContaining('cuda:0,1'),
    })
    expect(refusal({ engine: 'onnxruntime', device: 'webgpu' })).toMatchObject({
      code: 'device-unusable',
      message: 'ONNX Runtime WebGPU can’t be used here. No adapter.',
      hint: expect.stringContaining('libvulkan1'),
    })
    expect(refusal({ engine: 'onnxruntime', precision: 'bf16' })).toMatchObject({
      code: 'unsupported-precision',
      message: 'ONNX Runtime does not compute in bf16 here.',
      hint: 'Use fp32.',
    })
  })

  it('are refused with what would make it possible, where TensorFlow can be installed', () => {
    const missing = device('tensorflow', 'cpu', {
      usable: false,
      reason: { code: 'engine-not-installed', values: {} },
    })
    const without = [device('onnxruntime', 'cpu'), missing]
    const hint = (
      asked: Partial<ExecutionRequest>,
      devices: readonly Device[] = without,
      system = linux,
    ): unknown => {
      try {
        return candidatesOf(devices, { ...auto, ...asked }, system)
      } catch (error) {
        return (error as StudioError).hint
      }
    }
    const install = '`vgg-studio engines install tensorflow'
    expect(hint({ precision: 'bf16' })).toBe(
      `Use fp32. TensorFlow computes in bf16 on this CPU: install it with ${install}\`.`,
    )
    expect(hint({ device: 'cuda:0' })).toContain(`install it with ${install} --cuda\`.`)
    expect(hint({ device: 'cuda:0', engine: 'tensorflow' })).toContain(install)

    expect(hint({ precision: 'bf16', engine: 'onnxruntime' })).toBe('Use fp32.')
    expect(hint({ precision: 'bf16' }, without, { ...linux, platform: 'darwin' })).toBe('Use fp32.')
    const older = [device('onnxruntime', 'cpu'), { ...missing, precisions: ['fp32'] } as const]
    expect(hint({ precision: 'bf16' }, older)).toBe('Use fp32.')
    expect(hint({ device: 'cuda:7' }, large)).not.toContain(install)
  })

  it('have titles for devices that are not known yet', () => {
    expect(deviceTitle('npu')).toBe('npu')
    expect(deviceTitle('cuda:3')).toBe('GPU 3')
  })

  it('are named as people read them, where something was computed', () => {
    expect(placeText({ engine: 'onnxruntime', device: 'cpu' })).toBe('ONNX Runtime on the CPU')
    expect(placeText({ engine: 'tensorflow', engineVersion: '2.20.0', device: 'cuda:0,1' })).toBe(
      'TensorFlow 2.20.0 on GPUs 0, 1',
    )
  })
})
