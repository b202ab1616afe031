/** A list of strings in memory that threads share instead of each having a copy. */
export interface SharedStrings {
  /** UTF-16, so that odd file names (unpaired surrogates on Windows) survive. */
  readonly characters: SharedArrayBuffer
  /** String i lies at characters ends[i−1] … ends[i]. */
  readonly ends: Uint32Array
}

export function shareStrings(strings: readonly string[]): SharedStrings {
  const ends = new Uint32Array(new SharedArrayBuffer(strings.length * 4))
  let length = 0
  strings.forEach((string, index) => (ends[index] = length += string.length))
  const characters = new SharedArrayBuffer(length * 2)
  const buffer = Buffer.from(characters)
  strings.forEach((string, index) => buffer.write(string, (ends[index]! - string.length) * 2, 'utf16le'))
  return { characters, ends }
}

export function stringAt({ characters, ends }: SharedStrings, index: number): string {
  const start = index === 0 ? 0 : ends[index - 1]!
  return Buffer.from(characters, start * 2, (ends[index]! - start) * 2).toString('utf16le')
}
