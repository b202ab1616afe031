import { z } from 'zod'
import { StudioError } from '../base/errors.ts'
import { elementCount } from '../base/tensor.ts'
import type { FileFault } from '../messages/catalog.ts'
import { withShortNames } from './shortNames.ts'

/** Bytes of one value of the types that are read. */
const valueBytes = { F32: 4, F16: 2, BF16: 2 } as const
export type ValueType = keyof typeof valueBytes

export interface Entry {
  readonly name: string
  readonly type: ValueType
  readonly shape: readonly number[]
  /** Bytes from the start of the data. */
  readonly begin: number
  readonly end: number
}

export interface Header {
  readonly metadata: Readonly<Record<string, string>>
  /** In the order of their data. */
  readonly entries: readonly Entry[]
}

/** The header as the file names it. */
const metadataSchema = z.record(z.string(), z.string())
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
})
type RawEntry = z.infer<typeof entrySchema>

/**
 * Checks a header against the format and the size of the data that follows it: every byte of the data belongs to
 * exactly one tensor. PyTorch's `num_batches_tracked` counters, which are whole numbers, are passed over.
 *
 * @throws StudioError `invalid-safetensors` or `unsupported-dtype`, naming the file and the tensor.
 */
export function parseHeader(text: string, dataBytes: number, path: string): Header {
  const { repeated } = scan(text, path)
  const { __metadata__: metadata = {}, ...tensors } = jsonObject(text, path)
  if (repeated !== null)
    throw invalidSafetensors(path, { code: 'header-repeats', values: { name: repeated.slice(0, 100) } })
  const raw = Object.entries(tensors).map(([name, value]) => [name, rawEntry(name, value, path)] as const)
  raw.sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1])
  checkLayout(raw, dataBytes, path)
  const kept = raw.filter(([name, { dtype }]) => !(dtype === 'I64' && name.endsWith('.num_batches_tracked')))
  return {
    metadata: metadataOf(metadata, path),
    entries: kept.map(([name, entry]) => typedEntry(name, entry, path)),
  }
}

export function invalidSafetensors(path: string, reason: FileFault, cause?: unknown): StudioError {
  return new StudioError('invalid-safetensors', { path, reason: withShortNames(reason) }, { cause })
}

function jsonObject(text: string, path: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalidSafetensors(path, { code: 'header-not-json', values: {} }, error)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidSafetensors(path, { code: 'header-no-object', values: {} })
  }
  return value as Record<string, unknown>
}

/** Objects, lists and what stands in them: about ten for a tensor, and VGG-19 with batch normalization has 118. */
const mostValues = 1_000_000
const longestKey = 2 ** 16

/**
 * Looks through JSON before it is parsed: many small values take a hundred times the memory of their text. Also finds
 * the first key that an object has twice: JSON.parse keeps the last, other readers the first, so that two programs would
 * see two networks.
 * @throws StudioError `invalid-safetensors`
 */
function scan(text: string, path: string): { readonly repeated: string | null } {
  const open: (Set<string> | null)[] = []
  let [values, repeated]: [number, string | null] = [0, null]
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === '"') {
      const end = endOfText(text, at)
      const keys = open.at(-1)
      if (keys && isKey(text, end)) {
        if (end - at > longestKey)
          throw invalidSafetensors(path, { code: 'header-name-too-long', values: {} })
        const key = keyOf(text.slice(at, end))
        if (keys.has(key)) repeated ??= key
        keys.add(key)
      }
      at = end - 1
    } else if (character === '{' || character === '[' || character === ',') {
      if (++values > mostValues)
        throw invalidSafetensors(path, { code: 'header-too-many-values', values: { most: mostValues } })
      if (character !== ',') open.push(character === '{' ? new Set() : null)
    } else if (character === '}' || character === ']') open.pop()
  }
  return { repeated }
}

/** Behind the closing quote of the text that opens at `start`. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
  return text.length
}

/** @param quoted with its quotes; where it is no text of JSON, parsing all of it will say so */
function keyOf(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return quoted
  }
}

function isKey(text: string, end: number): boolean {
  let at = end
  while (at < text.length && ' \t\r\n'.includes(text[at]!)) at++
  return text[at] === ':'
}

function metadataOf(value: unknown, path: string): Record<string, string> {
  const parsed = metadataSchema.safeParse(value)
  if (!parsed.success)
    throw invalidSafetensors(path, { code: 'metadata-not-strings', values: {} }, parsed.error)
  return parsed.data
}

function rawEntry(name: string, value: unknown, path: string): RawEntry {
  const parsed = entrySchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw invalidSafetensors(
    path,
    { code: 'tensor-wrong-field', values: { name, field: issue.path.join('.') || 'entry' } },
    parsed.error,
  )
}

function checkLayout(raw: readonly (readonly [string, RawEntry])[], dataBytes: number, path: string): void {
  let position = 0
  for (const [name, { data_offsets: offsets }] of raw) {
    const [begin, end] = offsets
    if (begin > end) throw invalidSafetensors(path, { code: 'tensor-ends-early', values: { name } })
    if (begin < position) throw invalidSafetensors(path, { code: 'tensor-overlaps', values: { name } })
    if (begin > position) throw invalidSafetensors(path, { code: 'bytes-before-tensor', values: { name } })
    if (end > dataBytes)
      throw invalidSafetensors(path, { code: 'ends-in-tensor', values: { name, bytes: dataBytes } })
    position = end
  }
  if (position < dataBytes)
    throw invalidSafetensors(path, { code: 'bytes-after-tensors', values: { bytes: dataBytes - position } })
}

function typedEntry(
  name: string,
  { dtype, shape, data_offsets: [begin, end] }: RawEntry,
  path: string,
): Entry {
  const type = supportedType(name, dtype, path)
  const expected = elementCount(shape) * valueBytes[type]
  if (end - begin !== expected) {
    throw invalidSafetensors(path, {
      code: 'tensor-wrong-size',
      values: { name, shape, bytes: end - begin, expected },
    })
  }
  return { name, type, shape, begin, end }
}

function supportedType(name: string, dtype: string, path: string): ValueType {
  if (Object.hasOwn(valueBytes, dtype)) return dtype as ValueType
  throw new StudioError('unsupported-dtype', {
    what: 'unknown',
    name,
    path,
    dtype,
    known: Object.keys(valueBytes),
  })
}
