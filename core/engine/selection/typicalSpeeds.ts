import type { EngineName, Precision } from '../types.ts'
import type { StepCost } from './stepCost.ts'

/** Seconds that one unit of each part of a step takes; see StepCost. */
export type Coefficients = Readonly<Record<keyof StepCost, number>>

/** Threads that the coefficients of a CPU are for. */
const typicalThreads = 2

const onnxruntime: Coefficients = {
  // By Winograd's filtering: few products, and maps that are read and written several times.
  ...{ square: 4e-12, other: 2e-11, linear: 1e-11, maps: 9e-10 },
  ...{ operations: 1.9e-4, weights: 1.2e-10, updated: 1.2e-10 },
}
const tensorflow: Coefficients = {
  ...{ square: 6.7e-12, other: 1.3e-11, linear: 1e-11, maps: 3.8e-10 },
  ...{ operations: 1.2e-4, weights: 1.5e-10, updated: 1.5e-10 },
}
/** A forward pass alone has no Winograd's filtering. */
const predicting: Readonly<Record<EngineName, Coefficients>> = {
  onnxruntime: { ...onnxruntime, square: 9e-12, maps: 1.5e-10, operations: 3e-4, weights: 1e-10 },
  tensorflow: { ...tensorflow, operations: 2e-4, maps: 5e-10 },
}

/**
 * What engines take in runs on two cores of a Xeon with AMX, over the plans of `npx node test/bench/costEstimates.ts`; `npx node
 * test/bench/stepTimes.ts` fits them to the machine that it runs on. What counts elsewhere is their proportion: what a machine
 * has shown scales it.
 */
const cpu: Readonly<Record<EngineName, Readonly<Record<Precision, Coefficients>>>> = {
  onnxruntime: { fp32: onnxruntime, bf16: onnxruntime },
  tensorflow: {
    fp32: tensorflow,
    bf16: { ...tensorflow, square: 1.1e-12, other: 3e-12, linear: 3e-12, maps: 2e-10 },
  },
}

/** A GPU's share of what the CPU takes for products and maps; what each operation costs to start stays. */
const gpuShare = 1 / 10

/**
 * @param threads of the engine; counts on a CPU
 * @param pass what it is for
 */
export function typicalCoefficients(
  {
    engine,
    device,
    precision,
  }: { readonly engine: EngineName; readonly device: string; readonly precision: Precision },
  threads: number,
  pass: 'training' | 'prediction',
): Coefficients {
  const base = pass === 'prediction' && precision === 'fp32' ? predicting[engine] : cpu[engine][precision]
  const share = device === 'cpu' ? typicalThreads / threads : gpuShare
  const { operations, ...rest } = base
  const scaled = Object.entries(rest).map(([part, seconds]) => [part, seconds * share])
  return { ...(Object.fromEntries(scaled) as typeof rest), operations }
}
