import { scanBits, Lost, type ScanBits } from './jpegBits.ts'
import { isFrame, segmentsOf, startOfScan } from './jpegSegments.ts'
import { blockReader, huffmanTable, type BlockScan, type Table } from './jpegBlocks.ts'

interface Component {
  readonly id: number
  readonly across: number
  readonly down: number
  /** Blocks as they are coded in a scan of this component alone, and with the padding of interleaved scans. */
  readonly columns: number
  readonly rows: number
  readonly stride: number
  readonly padded: number
  /** Coefficients that are not zero so far; progressive only. */
  readonly nonzero: Uint8Array
}

interface Frame {
  readonly progressive: boolean
  readonly components: readonly Component[]
}

/**
 * Whether part of a JPEG's picture is lost: a code that is none, data that ends before its scan, a restart that is not
 * where it should be. libjpeg fills such gaps with gray and only warns, in words that libvips keeps in one place for all
 * files that are being decoded; this is the same judgment from the bytes alone. Oddities that leave the picture whole are
 * let pass. True for arithmetic coding and lossless, of which only a warning is known.
 */
export function hasMissingData(bytes: Uint8Array): boolean {
  const tables = new Map<number, Table>()
  let frame: Frame | undefined
  let interval = 0
  try {
    for (const { marker, data, end } of segmentsOf(bytes)) {
      if (marker === 0xc4) readTables(data, tables)
      else if (marker === 0xdd) interval = data.readUInt16BE(0)
      else if (isFrame(marker)) {
        if (marker > 0xc2) return true
        frame = frameOf(data, marker === 0xc2)
      } else if (marker === startOfScan && frame)
        readScan(data, frame, tables, scanBits(bytes, end), interval)
    }
    return false
  } catch (error) {
    if (error instanceof Lost) return true
    // A header that contradicts itself: libjpeg's to refuse.
    if (error instanceof RangeError) return false
    throw error
  }
}

/** Keyed by class and number as in the file: 0x00 … 0x03 for DC, 0x10 … for AC. */
function readTables(data: Buffer, tables: Map<number, Table>): void {
  for (let at = 0; at + 17 <= data.length;) {
    const counts = data.subarray(at + 1, at + 17)
    const total = counts.reduce((sum, count) => sum + count, 0)
    tables.set(data[at]!, huffmanTable(counts, data.subarray(at + 17, at + 17 + total)))
    at += 17 + total
  }
}

function frameOf(data: Buffer, progressive: boolean): Frame {
  const [height, width] = [data.readUInt16BE(1), data.readUInt16BE(3)]
  const factors = Array.from({ length: data.readUInt8(5) }, (_, index) => {
    const factor = data.readUInt8(7 + index * 3)
    return { id: data.readUInt8(6 + index * 3), across: factor >> 4, down: factor & 15 }
  })
  const widest = Math.max(...factors.map(({ across }) => across))
  const tallest = Math.max(...factors.map(({ down }) => down))
  const components = factors.map((one): Component => {
    const stride = Math.ceil(width / (8 * widest)) * one.across
    const padded = Math.ceil(height / (8 * tallest)) * one.down
    return {
      ...one,
      columns: Math.ceil(Math.ceil((width * one.across) / widest) / 8),
      rows: Math.ceil(Math.ceil((height * one.down) / tallest) / 8),
      stride,
      padded,
      nonzero: new Uint8Array(progressive ? stride * padded * 64 : 0),
    }
  })
  return { progressive, components }
}

/** Reads a whole scan. Throws Lost. */
function readScan(
  header: Buffer,
  { progressive, components }: Frame,
  tables: ReadonlyMap<number, Table>,
  bits: ScanBits,
  interval: number,
): void {
  const count = header.readUInt8(0)
  const scan: BlockScan = {
    progressive,
    first: header.readUInt8(1 + 2 * count),
    last: header.readUInt8(2 + 2 * count),
    refines: header.readUInt8(3 + 2 * count) >> 4 !== 0,
  }
  const parts = Array.from({ length: count }, (_, index) => {
    const id = header.readUInt8(1 + 2 * index)
    const numbers = header.readUInt8(2 + 2 * index)
    const component = components.find((one) => one.id === id)
    if (!component) throw new RangeError('A scan of a component that the frame does not have.')
    return { component, tables: { dc: tables.get(numbers >> 4), ac: tables.get(0x10 | (numbers & 15)) } }
  })
  const reader = blockReader(bits, scan)
  let left = interval
  const restart = (): void => {
    if (interval === 0 || left-- > 0) return
    bits.restart()
    reader.restart()
    left = interval - 1
  }
  if (parts.length === 1) {
    const { component, tables } = parts[0]!
    for (let row = 0; row < component.rows; row++)
      for (let column = 0; column < component.columns; column++) {
        restart()
        reader.block(tables, component.nonzero, (row * component.stride + column) * 64)
      }
    return
  }
  const [{ component: any }] = parts as [(typeof parts)[0]]
  const [columns, rows] = [any.stride / any.across, any.padded / any.down]
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      restart()
      for (const { component, tables } of parts) {
        const { across, down, stride, nonzero } = component
        for (let y = 0; y < down; y++)
          for (let x = 0; x < across; x++)
            reader.block(tables, nonzero, ((row * down + y) * stride + column * across + x) * 64)
      }
    }
}
