import { isRestart } from './jpegSegments.ts'

/** Part of the picture is not in the file. */
export class Lost extends Error {}

/** The bits of one scan, markers and stuffing taken out. All throw Lost where there are none. */
export interface ScanBits {
  bit(): number
  /** @param count 0–16 */
  bits(count: number): number
  /** Continues after the next restart marker, which has to be the one that is due. */
  restart(): void
}

export function scanBits(file: Uint8Array, start: number): ScanBits {
  let at = start
  let byte = 0
  let left = 0
  let due = 0

  function nextByte(): number {
    if (at >= file.length) throw new Lost()
    const value = file[at]!
    if (value !== 0xff) {
      at++
      return value
    }
    // As many 0xff as there are belong to what follows them.
    let after = at + 1
    while (file[after] === 0xff) after++
    if (file[after] !== 0) throw new Lost()
    at = after + 1
    return 0xff
  }

  function bit(): number {
    if (left === 0) {
      byte = nextByte()
      left = 8
    }
    return (byte >> --left) & 1
  }

  return {
    bit,
    bits(count) {
      let value = 0
      for (let index = 0; index < count; index++) value = (value << 1) | bit()
      return value
    },
    restart() {
      left = 0
      while (at + 1 < file.length && (file[at] !== 0xff || file[at + 1] === 0 || file[at + 1] === 0xff)) at++
      const marker = file[at + 1]
      if (marker === undefined || !isRestart(marker) || marker !== 0xd0 + due) throw new Lost()
      at += 2
      due = (due + 1) & 7
    },
  }
}
