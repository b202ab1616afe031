import { elementCount } from '../../base/tensor.ts'
import { parseHeader } from '../safetensorsHeader.ts'
import { floatsOf, invalidWeights, valueBytes, type ByteFile } from './bytes.ts'
import { rowSize, type StoredTensor, type WeightsFile } from './types.ts'

/** As in the reference implementation. */
const longestHeader = 100_000_000

/** Whether the first bytes are those of a safetensors file: a length, then an opening brace. */
export function isSafetensors(head: Buffer, size: number): boolean {
  return head.length >= 9 && head[8] === 0x7b && head.readBigUInt64LE() <= BigInt(size)
}

export async function readSafetensorsFile(file: ByteFile): Promise<WeightsFile> {
  const { path, size } = file
  const length = Number((await file.read(0, 8)).readBigUInt64LE())
  if (length > longestHeader)
    throw invalidWeights(path, { code: 'header-too-long', values: { bytes: length } })
  const text = (await file.read(8, length)).toString('utf8')
  const start = 8 + length
  const { entries, metadata } = parseHeader(text, size - start, path)
  const tensors = entries.map(({ name, type, shape, begin }): [string, StoredTensor] => [
    name,
    {
      name,
      type,
      shape,
      async rows(from, to) {
        const row = rowSize(shape) * valueBytes[type]
        const last = shape.length === 0 ? 1 : Math.min(to, shape[0]!)
        if (elementCount(shape) === 0) return new Float32Array(0)
        return floatsOf(await file.read(start + begin + from * row, (last - from) * row), type)
      },
    },
  ])
  return {
    path,
    format: 'safetensors',
    layout: 'pytorch',
    tensors: new Map(tensors),
    metadata,
    graph: null,
    close: () => file.close(),
  }
}
