import { cropKernelBinary } from './cropKernelBinary.ts'

/** cropKernel.wat's functions, which see; all numbers are addresses, strides in bytes, or counts. */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  mixRows(row: number, length: number, source: number, stride: number, weights: number, taps: number): void
  writeRow(
    row: number,
    starts: number,
    count: number,
    weights: number,
    taps: number,
    affine: number,
    out: number,
    step: number,
    plane: number,
  ): void
  writeLevels(row: number, starts: number, count: number, weights: number, taps: number, out: number): void
}

/** Neither TypeScript's language library nor Node's types know WebAssembly. */
interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

export function instantiate(): KernelExports {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyGlobal }).WebAssembly
  return new Instance(new Module(Buffer.from(cropKernelBinary, 'base64'))).exports as KernelExports
}
