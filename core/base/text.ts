import { StudioError } from './errors.ts'

export interface Decoded {
  readonly text: string
  /** Windows-1252 is a guess: the bytes are no UTF-8, and there is no mark that says what they are. */
  readonly encoding: 'UTF-8' | 'UTF-16' | 'Windows-1252'
}

/**
 * Text from outside: UTF-16 where a byte-order mark says so, else UTF-8 where the bytes are that, else Windows-1252, in which
 * spreadsheets save. Nothing is replaced. Without the byte-order mark.
 * @throws StudioError `not-text`
 */
export function decodeText(bytes: Uint8Array): Decoded {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return { text: strictly(bytes, 'utf-16le'), encoding: 'UTF-16' }
  if (first === 0xfe && second === 0xff) return { text: strictly(bytes, 'utf-16be'), encoding: 'UTF-16' }
  if (bytes.includes(0)) throw new StudioError('not-text', { what: 'binary' })
  try {
    return { text: strictly(bytes, 'utf-8'), encoding: 'UTF-8' }
  } catch {
    if (bytes.some((byte) => undefined1252.has(byte))) throw new StudioError('not-text', { what: 'unknown' })
    return { text: strictly(bytes, 'windows-1252'), encoding: 'Windows-1252' }
  }
}

/** Bytes that stand for nothing in Windows-1252. */
const undefined1252: ReadonlySet<number> = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d])

function strictly(bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new StudioError('not-text', { what: 'invalid', encoding: encoding.toUpperCase() }, { cause })
  }
}

/** For sentences: names in a file that somebody else has made can be as long as the file. */
export function shortened(text: string): string {
  return text.length <= longestShown ? text : `${text.slice(0, longestShown)}…`
}

const longestShown = 400
