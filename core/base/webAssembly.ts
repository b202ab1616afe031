/** Neither TypeScript's language library nor Node's types know WebAssembly. */
interface WebAssemblyGlobal {
  readonly Memory: {
    new (options: {
      readonly initial: number
      readonly maximum: number
      readonly shared: true
    }): WebAssemblyMemory<SharedArrayBuffer>
    new (options: { readonly initial: number }): WebAssemblyMemory<ArrayBuffer>
  }
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

export interface WebAssemblyMemory<Bytes extends ArrayBufferLike> {
  readonly buffer: Bytes
  /** Adds pages of 64 KB; `buffer` is another one then. */
  grow(pages: number): number
}

/** Bytes of a page of memory. */
export const pageSize = 65_536

export const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal }
