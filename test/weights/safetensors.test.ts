import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Tensors } from '../../core/base/tensor.ts'
import { initialize } from '../../core/network/initialize.ts'
import { readSafetensors, readSafetensorsMetadata, writeSafetensors } from '../../core/weights/safetensors.ts'
import { ourMetadata, ourTensors } from './ours.ts'
import { buildVgg, vggDefaults } from '../network/build.ts'

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/weights/${name}`, import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A file with this header (an object, or text as it is) and data. */
async function file(header: unknown, data = new Uint8Array(0)): Promise<string> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  const path = join(folder, 'made.safetensors')
  await writeFile(path, Buffer.concat([length, json, data]))
  return path
}

const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
})

describe('files of the safetensors library for Python', () => {
  test('are read to the last bit: F32, F16, BF16, scalars, empty tensors, infinities', async () => {
    interface Described {
      metadata: Record<string, string>
      tensors: Record<string, { shape: number[]; bits: number[] }>
    }
    const expected = JSON.parse(await readFile(fixture('python.json'), 'utf8')) as Described
    const { tensors, metadata } = await readSafetensors(fixture('python.safetensors'))
    expect(metadata).toEqual(expected.metadata)
    expect([...tensors.keys()].sort()).toEqual(Object.keys(expected.tensors).sort())
    for (const [name, { shape, bits }] of Object.entries(expected.tensors)) {
      const values = new Float32Array(Int32Array.from(bits).buffer)
      expect({ name, ...tensors.get(name)! }).toEqual({ name, shape, data: values })
    }
  })

  test('with whole numbers are refused, naming tensor and type', async () => {
    await expect(readSafetensors(fixture('python-integers.safetensors'))).rejects.toMatchObject({
      code: 'unsupported-dtype',
      message: expect.stringMatching(/Tensor count in .*python-integers.safetensors holds I64/),
    })
  })
})

describe('our files', () => {
  test('are byte for byte those that Python was seen to read', async () => {
    const path = join(folder, 'ours.safetensors')
    await writeSafetensors(path, ourTensors, ourMetadata)
    expect(await readFile(path)).toEqual(await readFile(fixture('ours.safetensors')))
  })

  test('are refused where a single bit has flipped since, in values and names alike; shapes and all else are checked', async () => {
    const whole = await readFile(fixture('ours.safetensors'))
    const path = join(folder, 'flipped.safetensors')
    const headerEnd = 8 + Number(whole.readBigUInt64LE())
    const note = whole.indexOf('format') + 9
    const name = whole.indexOf('scalar') + 2
    for (const at of [note, name, headerEnd, headerEnd + 50, whole.length - 1]) {
      for (const bit of [0, 4]) {
        const flipped = Buffer.from(whole)
        flipped[at]! ^= 1 << bit
        await writeFile(path, flipped)
        await expect(readSafetensors(path), `bit ${bit} of byte ${at}`).rejects.toMatchObject({
          code: 'invalid-safetensors',
          message: expect.stringContaining(path),
        })
      }
    }
  })

  test('of earlier versions, without a checksum, are read as before', async () => {
    const { tensors, metadata } = await readSafetensors(fixture('ours-without-checksum.safetensors'))
    expect(metadata).toEqual(ourMetadata)
    expect(tensors).toEqual(ourTensors)
  })

  test('give back tensors in their order, and metadata', async () => {
    const path = join(folder, 'network.safetensors')
    const network = buildVgg({
      ...vggDefaults,
      config: 'A',
      classes: 3,
      crop: 32,
      batchNorm: true,
      fcWidth: 16,
      widthMultiplier: 0.1,
    })
    const tensors = initialize(network, 'he', 1)
    const metadata = { checkpoint: JSON.stringify({ a: ['ü', 1] }) }
    await writeSafetensors(path, tensors, metadata)
    const read = await readSafetensors(path)
    expect(read.tensors).toEqual(tensors)
    expect([...read.tensors.keys()]).toEqual([...tensors.keys()])
    expect(read.metadata).toEqual(metadata)
    expect(await readSafetensorsMetadata(path)).toEqual(metadata)
  })

  test('hold the part of a buffer that a tensor shows, and names such as 0 and __proto__', async () => {
    const path = join(folder, 'views.safetensors')
    const buffer = Float32Array.of(1, 2, 3, 4)
    const tensors: Tensors = new Map([
      ['b', { shape: [2], data: buffer.subarray(1, 3) }],
      ['0', { shape: [1], data: buffer.subarray(3) }],
      ['__proto__', { shape: [1], data: buffer.subarray(0, 1) }],
    ])
    await writeSafetensors(path, tensors, {})
    const read = await readSafetensors(path)
    expect(read.tensors).toEqual(tensors)
    expect([...read.tensors.keys()]).toEqual(['b', '0', '__proto__'])
  })

  test('replace an old file whole, and leave it alone when writing fails', async () => {
    const path = join(folder, 'kept.safetensors')
    await writeSafetensors(path, new Map([['old', { shape: [1], data: Float32Array.of(1) }]]), {})
    const wrong: Tensors = new Map([['new', { shape: [3], data: Float32Array.of(1) }]])
    await expect(writeSafetensors(path, wrong, {})).rejects.toThrow(/new of shape \[3\]/)
    expect([...(await readSafetensors(path)).tensors.keys()]).toEqual(['old'])
    await writeSafetensors(path, ourTensors, {})
    expect((await readSafetensors(path)).tensors).toEqual(ourTensors)
    expect((await readdir(folder)).filter((name) => name.includes('.tmp'))).toEqual([])
  })

  test('larger than a chunk come back whole', async () => {
    const path = join(folder, 'large.safetensors')
    const data = Float32Array.from({ length: 5_000_001 }, (_, index) => index)
    await writeSafetensors(path, new Map([['large', { shape: [data.length], data }]]), {})
    const read = (await readSafetensors(path)).tensors.get('large')!
    expect(Buffer.compare(Buffer.from(read.data.buffer), Buffer.from(data.buffer))).toBe(0)
  })

  test.each(['F16', 'BF16'] as const)('%s larger than a chunk is widened without a seam', async (dtype) => {
    const count = 9_000_001
    const halves = Uint16Array.from({ length: count }, (_, index) => index % 0x7000)
    const path = await file({ large: entry(dtype, [count], 0, 2 * count) }, new Uint8Array(halves.buffer))
    const { data } = (await readSafetensors(path)).tensors.get('large')!
    const expected =
      dtype === 'F16'
        ? Float32Array.from(new Float16Array(halves.buffer))
        : new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer)
    expect(Buffer.compare(Buffer.from(data.buffer), Buffer.from(expected.buffer))).toBe(0)
  })
})

describe('a broken file is refused', () => {
  const four = new Uint8Array(16)
  const one = { a: entry('F32', [4], 0, 16) }
  const cases: [string, unknown, Uint8Array<ArrayBuffer>, RegExp][] = [
    ['a header that is not JSON', '{"a": ', four, /its header is not JSON/],
    ['a header that is a list', [], four, /not a JSON object/],
    ['data that ends early', one, four.subarray(0, 15), /it ends inside tensor a, after 15 bytes/],
    ['bytes behind the data', one, new Uint8Array(17), /1 bytes follow its last tensor/],
    [
      'overlapping tensors',
      { a: entry('F32', [2], 0, 8), b: entry('F32', [3], 4, 16) },
      four,
      /tensor b overlaps the one before it/,
    ],
    [
      'a gap between tensors',
      { a: entry('F32', [1], 0, 4), b: entry('F32', [2], 8, 16) },
      four,
      /bytes before tensor b belong to none/,
    ],
    ['a shape of another size', { a: entry('F32', [5], 0, 16) }, four, /of shape \[5\] has 16 bytes, not 20/],
    [
      'a shape beyond counting',
      { a: entry('F32', [2 ** 40, 2 ** 40], 0, 16) },
      four,
      /has 16 bytes, not 4\.8/,
    ],
    ['a negative size', { a: entry('F32', [-4], 0, 16) }, four, /tensor a has a wrong shape/],
    ['a missing type', { a: { shape: [4], data_offsets: [0, 16] } }, four, /tensor a has a wrong dtype/],
    ['an entry that is none', { a: 5 }, four, /tensor a has a wrong entry/],
    ['offsets in reverse', { a: entry('F32', [4], 16, 0) }, four, /ends before it begins/],
    ['metadata that is not strings', { ...one, __metadata__: { n: 1 } }, four, /other than strings/],
  ]
  test.each(cases)('%s', async (_, header, data, reason) => {
    const path = await file(header, data)
    const refusal = { code: 'invalid-safetensors', message: expect.stringMatching(reason) }
    await expect(readSafetensors(path)).rejects.toMatchObject(refusal)
    await expect(readSafetensors(path)).rejects.toThrow(path)
  })

  test.each([
    ['nothing', [], /has only 0 bytes/],
    [
      'a length of garbage',
      [255, 255, 255, 255, 255, 255, 255, 255, 123],
      /its header would have 18446744073709552000 bytes/,
    ],
    ['the start of a header', [90, 0, 0, 0, 0, 0, 0, 0, 123], /ends inside its header/],
  ])('%s', async (_, bytes, reason) => {
    const path = join(folder, 'cut.safetensors')
    await writeFile(path, Uint8Array.from(bytes))
    await expect(readSafetensors(path)).rejects.toThrow(reason)
    await expect(readSafetensorsMetadata(path)).rejects.toMatchObject({ code: 'invalid-safetensors' })
  })

  test('wherever it was cut', async () => {
    const whole = await readFile(fixture('ours.safetensors'))
    const path = join(folder, 'cut.safetensors')
    for (let length = 0; length < whole.length; length += 7) {
      await writeFile(path, whole.subarray(0, length))
      await expect(readSafetensors(path)).rejects.toMatchObject({ code: 'invalid-safetensors' })
    }
  })

  test('a missing file is named', async () => {
    const path = join(folder, 'gone.safetensors')
    await expect(readSafetensors(path)).rejects.toMatchObject({
      code: 'file-not-found',
      message: `There is no file ${path}.`,
    })
  })
})
