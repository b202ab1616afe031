import { expect, test } from 'vitest'
import pc from 'picocolors'
import { markCode } from '../../core/cli/colors.ts'
import { devicesText } from '../../core/cli/devices.ts'
import { width } from '../../core/cli/table.ts'

const selfTest = { difference: 4e-6, secondsPerImage: 0.00317 }
const devices = [
  {
    ...{ engine: 'tensorflow', id: 'cpu', name: 'A processor with a very long name, 2 cores', usable: true },
    ...{ memory: 25.3e9, precisions: ['fp32', 'bf16'] },
    trials: [
      { precision: 'fp32', usable: true, selfTest },
      { precision: 'bf16', usable: true, selfTest: { ...selfTest, difference: 0.38 } },
    ],
    speeds: [
      { precision: 'fp32', speed: 9.04e9 },
      { precision: 'bf16', speed: 141e9 },
    ],
  },
  {
    ...{ engine: 'onnxruntime', id: 'cuda', name: 'NVIDIA GPU through CUDA', usable: false, precisions: [] },
    reason:
      'There is no NVIDIA GPU here, or its driver is not installed. With both, something can be fetched.',
    trials: [],
    speeds: [],
  },
] as unknown as Parameters<typeof devicesText>[0]
const text = devicesText(devices, 100)

test('the devices fit a line of 100 cells', () => {
  for (const line of text.split('\n')) expect(width(line)).toBeLessThanOrEqual(100)
})

test('what differs is said in plain numbers, with what is still rounding', () => {
  expect(text).toMatch(/fp32 +0\.000004 +9\.0 +yes/)
  expect(text).toMatch(/bf16 +0\.4 +141 +yes/)
  expect(text.replaceAll('\n', ' ')).toContain('Up to 0.001 in fp32 and 0.7 in bf16')
})

test('a device that cannot be used has its reason below the table', () => {
  expect(text).toContain('cuda, onnxruntime: There is no NVIDIA GPU here')
})

test('what is to be typed is told apart by a color, or by quotes where there are none', () => {
  const [plain, colored] = [pc.createColors(false), pc.createColors(true)]
  expect(markCode('Fetch it with `vgg-studio engines`.', plain)).toBe('Fetch it with “vgg-studio engines”.')
  expect(markCode('See `show`.', colored)).toBe(`See ${colored.cyan('show')}.`)
})
