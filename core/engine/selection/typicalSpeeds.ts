import type { EngineName, Precision } from '../types.ts'
import type { StepWork } from './stepWork.ts'

/** Seconds that one unit of each part of a step takes; see StepWork. */
export type Coefficients = Readonly<Record<keyof StepWork, number>>

/** Threads that the coefficients of a CPU are for. */
export const typicalThreads = 2

const onnxruntime: Coefficients = {
  ...{ square: 6.3e-12, other: 10e-12, linear: 10e-12, maps: 1e-10 },
  ...{ operations: 1.5e-4, weights: 5e-11, updated: 1e-10 },
}
const tensorflow: Coefficients = {
  ...{ square: 6.3e-12, other: 9e-12, linear: 10e-12, maps: 1e-10 },
  ...{ operations: 5e-5, weights: 1e-10, updated: 1e-10 },
}

/**
 * What engines take on two cores of a Xeon with AMX, after `vgg-studio bench`; `npx node test/bench/stepTimes.ts` fits them to
 * the machine that it runs on. What counts elsewhere is their proportion: what a machine has shown scales it.
 */
const cpu: Readonly<Record<EngineName, Readonly<Record<Precision, Coefficients>>>> = {
  onnxruntime: { fp32: onnxruntime, bf16: onnxruntime },
  tensorflow: {
    fp32: tensorflow,
    bf16: { ...tensorflow, square: 1.1e-12, other: 2e-12, linear: 3e-12, maps: 5e-11 },
  },
}

/** A GPU's share of what the CPU takes for products and maps; what each operation costs to start stays. */
const gpuShare = 1 / 10

/** @param threads of the engine; counts on a CPU */
export function typicalCoefficients(
  {
    engine,
    device,
    precision,
  }: { readonly engine: EngineName; readonly device: string; readonly precision: Precision },
  threads: number,
): Coefficients {
  const base = cpu[engine][precision]
  const share = device === 'cpu' ? typicalThreads / threads : gpuShare
  const { operations, ...rest } = base
  const scaled = Object.entries(rest).map(([part, seconds]) => [part, seconds * share])
  return { ...(Object.fromEntries(scaled) as typeof rest), operations }
}
