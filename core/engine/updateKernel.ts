import { StudioError } from '../base/errors.ts'
import { pageSize, WebAssembly, type WebAssemblyMemory } from '../base/webAssembly.ts'
import { updateKernelBinary } from './updateKernelBinary.ts'

/** Floats that threads and the update kernel share. Memory that is not touched costs nothing. */
export interface SharedFloats {
  readonly memory: SharedMemory
  readonly floats: Float32Array
}

/** Travels to other threads as it is. */
export type SharedMemory = WebAssemblyMemory<SharedArrayBuffer>

/** Memories of the arrays that the kernel works on; all but the last of equal layout. */
export interface KernelMemories {
  readonly weights: SharedMemory
  readonly momentum: SharedMemory
  readonly gradients: SharedMemory
  /** Gradients of a further micro-batch, waiting to be added. */
  readonly scratch: SharedMemory
  /** Factors of gradients that are products. */
  readonly factors: SharedMemory
}

/** updateKernel.wat's functions, which see; all numbers but the rates are bytes. */
export interface UpdateKernel {
  step(
    start: number,
    end: number,
    gradient: number,
    taps: number,
    plane: number,
    learningRate: number,
    momentum: number,
    weightDecay: number,
  ): void
  stepOuter(
    start: number,
    rows: number,
    columns: number,
    dy: number,
    x: number,
    count: number,
    learningRate: number,
    momentum: number,
    weightDecay: number,
  ): void
  add(start: number, end: number): void
}

/** What 32-bit addresses reach, less a page, so that the end has an address too. */
const mostPages = 65_535

/** @throws StudioError `network-too-large` beyond 2³⁰ numbers */
export function sharedFloats(count: number): SharedFloats {
  const pages = Math.ceil((count * Float32Array.BYTES_PER_ELEMENT) / pageSize)
  if (pages > mostPages) {
    throw new StudioError('network-too-large', { count })
  }
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  return { memory, floats: new Float32Array(memory.buffer, 0, count) }
}

/** Empty memory that can grow. */
export function growingMemory(): SharedMemory {
  return new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared: true })
}

/** The memory as floats, `count` at least. */
export function ensureRoom(memory: SharedMemory, count: number): Float32Array {
  const missing = Math.ceil((count * Float32Array.BYTES_PER_ELEMENT - memory.buffer.byteLength) / pageSize)
  if (missing > 0) memory.grow(missing)
  return new Float32Array(memory.buffer)
}

export function instantiate(state: KernelMemories): UpdateKernel {
  const module = new WebAssembly.Module(Buffer.from(updateKernelBinary, 'base64'))
  return new WebAssembly.Instance(module, { state }).exports as UpdateKernel
}
