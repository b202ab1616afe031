import type { FileFault } from '../../messages/catalog.ts'
import { realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { elementCount } from '../../base/tensor.ts'
import { floatsOf, openBytes, invalidWeights, unsupportedType, valueBytes, type ByteFile } from './bytes.ts'
import { rowCount, rowSize, type FloatType, type StoredTensor } from './types.ts'

/**
 * The parts of an ONNX model (onnx.proto of ONNX 1.16) that weights are found by, read from the file without its
 * values: messages are walked field by field, values are passed over and read where they lie.
 */
export interface OnnxNode {
  readonly type: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, OnnxAttribute>
}

export interface OnnxAttribute {
  readonly integer: number
  readonly float: number
  readonly integers: readonly number[]
}

export interface OnnxFile {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: ReadonlyMap<string, StoredTensor>
  /** Inputs of the graph, without initializers. */
  readonly inputs: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** A field of a message: a number, or where its bytes lie. */
interface Field {
  readonly number: number
  readonly value: number
  /** It has bytes: a message, a text, or packed numbers. */
  readonly long: boolean
  readonly start: number
  readonly end: number
}

const window = 2 ** 16
const mostFields = 5_000_000
const longestText = 2 ** 20
/** Bytes of all texts together. */
const longestTexts = 64 * 2 ** 20
/** Nodes, and initializers. */
const mostParts = 100_000

/** Reads fields through a window that moves over the file. */
class Walker {
  private buffer: Buffer = Buffer.alloc(0)
  private start = 0
  private fields = 0
  private texts = 0
  readonly file: ByteFile

  constructor(file: ByteFile) {
    this.file = file
  }

  broken(): Error {
    return invalidWeights(this.file.path, { code: 'onnx-incomplete', values: {} })
  }

  excessive(what: 'fields' | 'texts' | 'numbers' | 'parts'): Error {
    return invalidWeights(this.file.path, { code: 'onnx-excessive', values: { what } })
  }

  async byte(at: number): Promise<number> {
    if (at < this.start || at >= this.start + this.buffer.length) {
      this.start = at
      this.buffer = await this.file.read(at, Math.max(0, Math.min(window, this.file.size - at)))
      if (this.buffer.length === 0) throw this.broken()
    }
    return this.buffer[at - this.start]!
  }

  /** @returns the number, as signed 64 bits, and where it ends */
  async varint(at: number): Promise<[number, number]> {
    let value = 0n
    for (let index = 0; index < 10; index++) {
      const byte = await this.byte(at + index)
      value |= BigInt(byte & 0x7f) << BigInt(7 * index)
      if (byte < 0x80) return [Number(BigInt.asIntN(64, value)), at + index + 1]
    }
    throw this.broken()
  }

  async *message(start: number, end: number): AsyncGenerator<Field> {
    for (let at = start; at < end;) {
      if (++this.fields > mostFields) throw this.excessive('fields')
      const [key, after] = await this.varint(at)
      const field = await this.field(key, after, end)
      yield field
      at = field.end
    }
  }

  private async field(key: number, at: number, end: number): Promise<Field> {
    const number = Math.floor(key / 8)
    const kind = key % 8
    if (kind === 0) {
      const [value, after] = await this.varint(at)
      return { number, value, long: false, start: at, end: after }
    }
    const [length, start] = kind === 2 ? await this.varint(at) : [kind === 1 ? 8 : kind === 5 ? 4 : -1, at]
    if (length < 0 || start + length > end) throw this.broken()
    return { number, value: 0, long: kind === 2, start, end: start + length }
  }

  async text({ start, end }: Field): Promise<string> {
    this.texts += end - start
    if (end - start > longestText || this.texts > longestTexts) throw this.excessive('texts')
    return (await this.file.read(start, end - start)).toString('utf8')
  }

  /** Values of a repeated field of integers: packed, or one of them. */
  async integers({ value, long, start, end }: Field): Promise<number[]> {
    if (!long) return [value]
    this.texts += end - start
    if (end - start > longestText || this.texts > longestTexts) throw this.excessive('numbers')
    const values: number[] = []
    for (let at = start; at < end;) {
      const [number, after] = await this.varint(at)
      values.push(number)
      at = after
    }
    return values
  }
}

export async function readOnnxFile(file: ByteFile): Promise<OnnxFile> {
  const walker = new Walker(file)
  const outside = new Outside(file.path)
  const nodes: OnnxNode[] = []
  const initializers = new Map<string, StoredTensor>()
  const inputs: string[] = []
  const metadata: Record<string, string> = Object.create(null) as Record<string, string>
  try {
    for await (const field of walker.message(0, file.size)) {
      if (field.number === 14) {
        const { key, value } = await stringEntry(walker, field)
        metadata[key] = value
      }
      if (field.number !== 7) continue
      for await (const part of walker.message(field.start, field.end)) {
        if (part.number === 1) nodes.push(await readNode(walker, part, initializers, outside))
        if (part.number === 5) {
          const tensor = await readTensor(walker, part, outside)
          initializers.set(tensor.name, tensor)
        }
        if (nodes.length > mostParts || initializers.size > mostParts) throw walker.excessive('parts')
        if (part.number === 11) inputs.push(await nameOf(walker, part))
      }
    }
  } catch (error) {
    await outside.close()
    throw error
  }
  return {
    nodes,
    initializers,
    inputs: inputs.filter((name) => !initializers.has(name)),
    metadata: { ...metadata },
    async close() {
      await outside.close()
      await file.close()
    },
  }
}

async function nameOf(walker: Walker, { start, end }: Field): Promise<string> {
  for await (const field of walker.message(start, end)) if (field.number === 1) return walker.text(field)
  return ''
}

async function stringEntry(walker: Walker, { start, end }: Field): Promise<{ key: string; value: string }> {
  const entry = { key: '', value: '' }
  for await (const field of walker.message(start, end)) {
    if (field.number === 1) entry.key = await walker.text(field)
    if (field.number === 2) entry.value = await walker.text(field)
  }
  return entry
}

/** A node `Constant` is an initializer that stands elsewhere. */
async function readNode(
  walker: Walker,
  { start, end }: Field,
  initializers: Map<string, StoredTensor>,
  outside: Outside,
): Promise<OnnxNode> {
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes = new Map<string, OnnxAttribute>()
  let type = ''
  let constant: StoredTensor | null = null
  for await (const field of walker.message(start, end)) {
    if (field.number === 1) inputs.push(await walker.text(field))
    if (field.number === 2) outputs.push(await walker.text(field))
    if (field.number === 4) type = await walker.text(field)
    if (field.number !== 5) continue
    const { name, tensor, ...attribute } = await readAttribute(walker, field, outside)
    attributes.set(name, attribute)
    if (name === 'value') constant = tensor
  }
  if (type === 'Constant' && constant && outputs[0]) {
    initializers.set(outputs[0], { ...constant, name: outputs[0] })
  }
  return { type, inputs, outputs, attributes }
}

async function readAttribute(walker: Walker, { start, end }: Field, outside: Outside) {
  const integers: number[] = []
  let [name, integer, float] = ['', 0, 0]
  let tensor: StoredTensor | null = null
  for await (const field of walker.message(start, end)) {
    if (field.number === 1) name = await walker.text(field)
    if (field.number === 2) float = (await walker.file.read(field.start, 4)).readFloatLE()
    if (field.number === 3) integer = field.value
    if (field.number === 5) tensor = await readTensor(walker, field, outside)
    if (field.number === 8) integers.push(...(await walker.integers(field)))
  }
  return { name, integer, float, integers, tensor }
}

/** TensorProto.DataType */
const floatTypes: Readonly<Record<number, FloatType>> = { 1: 'F32', 10: 'F16', 11: 'F64', 16: 'BF16' }

/** TensorProto's field of floats that are not raw, by type; other types' are not read. */
const listField: Partial<Record<FloatType, number>> = { F32: 4, F64: 10 }

async function readTensor(walker: Walker, { start, end }: Field, outside: Outside): Promise<StoredTensor> {
  const shape: number[] = []
  const lists = new Map<number, Field>()
  const where = new Map<string, string>()
  let [name, dataType, location] = ['', 0, 0]
  for await (const field of walker.message(start, end)) {
    if (field.number === 1) shape.push(...(await walker.integers(field)))
    else if (field.number === 2) dataType = field.value
    else if (field.number === 8) name = await walker.text(field)
    else if (field.number === 13) {
      const { key, value } = await stringEntry(walker, field)
      where.set(key, value)
    } else if (field.number === 14) location = field.value
    else if (field.end - field.start > 0) lists.set(field.number, field)
  }
  const { path } = walker.file
  if (shape.length > 8 || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw invalidWeights(path, { code: 'tensor-wrong-shape', values: { name } })
  }
  const type = floatTypes[dataType] ?? 'other'
  const describe = { name, shape, type: type as FloatType | 'other' }
  if (type === 'other') {
    return { ...describe, rows: () => Promise.reject(unsupportedType(path, name, `type-${dataType}`)) }
  }
  const bytes = elementCount(shape) * valueBytes[type]
  const inside = lists.get(9) ?? lists.get(listField[type] ?? -1)
  const place =
    location === 1 ? await outside.place(name, where, bytes) : insideOf(walker, name, inside, bytes)
  return {
    ...describe,
    async rows(from, to) {
      if (bytes === 0) return new Float32Array(0)
      const row = rowSize(shape) * valueBytes[type]
      const last = Math.min(to, rowCount(shape))
      const { file, start: first } = await place()
      return floatsOf(await file.read(first + from * row, (last - from) * row), type)
    },
  }
}

type TensorLocation = () => Promise<{ file: ByteFile; start: number }>

function insideOf({ file }: Walker, name: string, field: Field | undefined, bytes: number): TensorLocation {
  const length = field ? field.end - field.start : 0
  if (length !== bytes)
    throw invalidWeights(file.path, {
      code: 'tensor-wrong-bytes',
      values: { name, bytes: length, expected: bytes },
    })
  const place = { file, start: field?.start ?? 0 }
  return () => Promise.resolve(place)
}

/** Files beside the model that hold values: in its folder or below, by no other way. */
class Outside {
  private readonly files = new Map<string, Promise<ByteFile>>()
  private readonly model: string

  constructor(model: string) {
    this.model = model
  }

  async place(name: string, where: ReadonlyMap<string, string>, bytes: number): Promise<TensorLocation> {
    const location = where.get('location') ?? ''
    const offset = Number(where.get('offset') ?? 0)
    const length = Number(where.get('length') ?? bytes)
    const wrong = (fault: FileFault): Error => invalidWeights(this.model, fault)
    if (location === '' || isAbsolute(location) || /^[a-z]:|\\|(^|\/)\.\.(\/|$)/i.test(location)) {
      throw wrong({ code: 'values-elsewhere', values: { name, location } })
    }
    if (!Number.isSafeInteger(offset) || offset < 0 || length !== bytes)
      throw wrong({ code: 'values-wrong-size', values: { name } })
    const folder = await realpath(dirname(this.model))
    const path = await realpath(join(folder, location)).catch(() => null)
    if (path === null) throw wrong({ code: 'values-missing', values: { name, location } })
    if (relative(folder, path).startsWith('..')) throw wrong({ code: 'values-outside', values: { name } })
    if ((await stat(path)).size < offset + bytes)
      throw wrong({ code: 'values-beyond-file', values: { name, location } })
    return async () => {
      const file = this.files.get(path) ?? openBytes(path)
      this.files.set(path, file)
      return { file: await file, start: offset }
    }
  }

  async close(): Promise<void> {
    for (const file of this.files.values()) await (await file).close()
    this.files.clear()
  }
}
