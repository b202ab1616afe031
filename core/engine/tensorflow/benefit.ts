import type { Precision } from '../types.ts'
import { cpuFlags } from './cpu.ts'

/**
 * How many times as fast as ONNX Runtime TensorFlow trains on CPUs, by what they have: the first whose flag is there.
 * Measured by `vgg-studio bench step-A-64-b32 --engine …`, ONNX Runtime's seconds over TensorFlow's; in bf16
 * step-D-224-b16 gains twice as much.
 */
const measured: readonly Benefit[] = [
  { flag: 'amx_bf16', feature: 'bf16 by AMX', precision: 'bf16', factor: 3 },
  // Its bf16 without AMX has not been measured.
  {
    flag: 'avx512_bf16',
    feature: 'fp32; bf16, which it has, may bring more',
    precision: 'fp32',
    factor: 1.4,
  },
  { flag: null, feature: 'fp32', precision: 'fp32', factor: 1.4 },
]

export interface Benefit {
  /** Flag in /proc/cpuinfo; null for all others. */
  readonly flag: string | null
  /** CPU feature behind it, as people know it. */
  readonly feature: string
  readonly precision: Precision
  readonly factor: number
}

/**
 * @param asked what was asked for; in fp32 nothing else counts
 * @param flags those of /proc/cpuinfo
 */
export function tensorflowBenefit(
  asked: Precision | 'auto' = 'auto',
  flags: readonly string[] = cpuFlags(),
): Benefit {
  return measured.find(({ flag }) => flag === null || (asked !== 'fp32' && flags.includes(flag)))!
}
