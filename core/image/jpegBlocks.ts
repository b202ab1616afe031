import { Lost, type ScanBits } from './jpegBits.ts'

/** A Huffman table: by length of code the first code, the end of codes, and where its symbols begin. */
export interface Table {
  readonly first: Int32Array
  readonly end: Int32Array
  readonly offset: Int32Array
  readonly symbols: Uint8Array
}

/** @param counts of the codes of 1 … 16 bits */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): Table {
  const table = { first: new Int32Array(17), end: new Int32Array(17), offset: new Int32Array(17), symbols }
  let code = 0
  let offset = 0
  for (let length = 1; length <= 16; length++) {
    const count = counts[length - 1]!
    table.first[length] = code
    table.end[length] = code + count
    table.offset[length] = offset
    offset += count
    code = (code + count) << 1
  }
  return table
}

export interface BlockScan {
  readonly progressive: boolean
  /** Coefficients, in zigzag order. */
  readonly first: number
  readonly last: number
  /** One more bit of what earlier scans brought. */
  readonly refines: boolean
}

interface Tables {
  readonly dc: Table | undefined
  readonly ac: Table | undefined
}

export interface BlockReader {
  /**
   * Reads over one block of a scan (ITU-T T.81, F.2.2 and G.1.2).
   * @param nonzero marks of its coefficients from `at` on
   */
  block(tables: Tables, nonzero: Uint8Array, at: number): void
  restart(): void
}

export function blockReader(bits: ScanBits, { progressive, first, last, refines }: BlockScan): BlockReader {
  /** Blocks, with this one, that hold nothing more in this band. */
  let ended = 0

  function symbol(table: Table | undefined): number {
    if (!table) throw new RangeError('A scan without its Huffman table.')
    let code = 0
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | bits.bit()
      if (code < table.end[length]!)
        return table.symbols[table.offset[length]! + code - table.first[length]!] ?? 0
    }
    throw new Lost()
  }

  function sequential({ dc, ac }: Tables): void {
    bits.bits(symbol(dc) & 15)
    for (let k = 1; k < 64; k++) {
      const value = symbol(ac)
      const run = value >> 4
      if ((value & 15) === 0 && run < 15) return
      k += run
      bits.bits(value & 15)
    }
  }

  function bandFirst({ ac }: Tables, nonzero: Uint8Array, at: number): void {
    if (ended > 0) {
      ended--
      return
    }
    for (let k = first; k <= last; k++) {
      const value = symbol(ac)
      const [run, size] = [value >> 4, value & 15]
      if (size === 0 && run < 15) {
        ended = (1 << run) + bits.bits(run) - 1
        return
      }
      k += run
      bits.bits(size)
      if (size > 0 && k < 64) nonzero[at + k] = 1
    }
  }

  function bandRefined({ ac }: Tables, nonzero: Uint8Array, at: number): void {
    let k = first
    for (; ended === 0 && k <= last; k++) {
      const value = symbol(ac)
      let run = value >> 4
      const size = value & 15
      if (size === 0 && run < 15) {
        ended = (1 << run) + bits.bits(run)
        break
      }
      if (size > 1) throw new Lost()
      bits.bits(size)
      for (; k <= last; k++) {
        if (nonzero[at + k] === 1) bits.bit()
        else if (--run < 0) break
      }
      if (size === 1 && k < 64) nonzero[at + k] = 1
    }
    if (ended === 0) return
    for (; k <= last; k++) if (nonzero[at + k] === 1) bits.bit()
    ended--
  }

  return {
    block(tables, nonzero, at) {
      if (!progressive) sequential(tables)
      else if (first > 0) (refines ? bandRefined : bandFirst)(tables, nonzero, at)
      else if (refines) bits.bit()
      else bits.bits(symbol(tables.dc) & 15)
    },
    restart: () => {
      ended = 0
    },
  }
}
