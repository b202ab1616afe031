import { writeFileSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { peakMemory } from '../../../core/bench/memory.ts'
import { importWeights, inspect, imported } from '../../../core/weights/import.ts'
import { findPreprocessing } from '../../../core/weights/preprocessings.ts'
import { openWeights } from '../../../core/weights/readers/open.ts'
import { parseHeader } from '../../../core/weights/safetensorsHeader.ts'

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/weights/${name}`, import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-weights-'))
  // What is loaded for the first file is a part of what is measured else.
  await (await openWeights(fixture('files/keras-D.h5'))).close()
})
afterAll(() => rm(folder, { recursive: true }))

async function read(path: string): Promise<void> {
  const file = await openWeights(path)
  try {
    const inspection = await inspect(file)
    for (const tensor of file.tensors.values()) await tensor.rows(0, 1)
    const preprocessing = imported(findPreprocessing('caffe')!, 'chosen')
    const attribution = { license: null, text: 'None.' }
    const target = { path: join(folder, 'kept'), name: 'kept', created: 0 }
    await importWeights(inspection, { file, sha256: '', preprocessing, attribution, ...target })
  } finally {
    await file.close()
  }
}

let before = 0
beforeEach(startGrowth)

/** Forgets what the process took at most; only Linux can. */
function startGrowth(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5')
    before = peakMemory()
  } catch {
    before = Infinity
  }
}

/** Bytes that the process took more than before, at its worst moment; 0 where nothing tells. */
const growth = (): number => Math.max(0, peakMemory() - before)

const lead = /leads to another file, “(?!.*hostile\/\w+\.h5”).*”/
describe('a small file that would take all memory, all disk, or another file, is refused with the reason', () => {
  test.each([
    ['huge-data-sets.h5', /its tensors would have 36864017920000 bytes, and the file has \d+/],
    ['huge-chunk.h5', /tensor block1_conv1\/kernel is cut into chunks of more than 67108864 bytes/],
    ['more-than-numbers.h5', /tensor block1_conv1\/kernel has a wrong shape/],
    ['deflated-zeros.h5', /its tensors would have 33554688 bytes, and the file has \d+/],
    ['many-layers.h5', /its attribute layer_names has 60000 texts/],
    ['one-name-many-times.h5', /its attribute layer_names has 3000 texts/],
    ['deep-groups.h5', /its groups are nested without end/],
    ['circular.h5', /its groups are nested without end/],
    ['lost-name.h5', /its HDF5 is broken \(its library gave it up: Aborted/],
    ['external-link.h5', lead],
    ['virtual.h5', /tensor block1_conv1\/kernel lies in another file/],
    ['zip-bomb.keras', /“model\.weights\.h5” in it would unpack from \d+ to 33554432 bytes/],
    ['zip-bomb.pth', /“archive\/\w+” in it is compressed, which PyTorch never does/],
    ['wrong-size.keras', /“model\.weights\.h5” in it is broken \(not enough bytes/],
  ])('%s', async (name, reason) => {
    const path = fixture(`hostile/${name}`)
    const error = await read(path).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ code: 'invalid-weights', message: expect.stringMatching(reason) })
    expect((error as Error).message).toContain(path)
    expect((error as Error).message.length).toBeLessThan(path.length + 500)
    expect(growth()).toBeLessThan(100e6)
  })

  test('values that are said to lie in another file of this machine are not read', async () => {
    const file = await openWeights(fixture('hostile/outside.h5'))
    const tensor = file.tensors.get('block1_conv1/kernel')!
    await expect(tensor.rows(0, 1)).rejects.toMatchObject({
      code: 'invalid-weights',
      message: expect.stringMatching(/leads to another file, “\/etc\/passwd”/),
    })
    await file.close()
  })

  test('a good file is read after one that ends HDF5’s library, from the same path too', async () => {
    const path = join(folder, 'again.h5')
    await copyFile(fixture('hostile/lost-name.h5'), path)
    await expect(read(path)).rejects.toThrow(/its library gave it up/)
    await copyFile(fixture('files/keras-D.h5'), path)
    await expect(read(path)).resolves.toBeUndefined()
    await copyFile(fixture('files/keras-E-notop.h5'), path)
    const file = await openWeights(path)
    expect(file.tensors.has('block5_conv4/kernel')).toBe(true)
    await file.close()
  })

  test.each(['up', 'absolute', 'drive', 'backslash'])('a member’s name that leads %s', async (name) => {
    for (const end of ['pth', 'keras']) {
      await expect(openWeights(fixture(`hostile/${name}.${end}`))).rejects.toMatchObject({
        code: 'invalid-weights',
        message: expect.stringMatching(/(absolute path|invalid relative path): .*escaped/),
      })
    }
  })

  test('names in a tar are looked up, and are never paths', async () => {
    const bytes = await readFile(fixture('files/torchvision-B.tar'))
    const at = bytes.indexOf('storages')
    const renamed = Buffer.concat([
      bytes.subarray(0, at),
      Buffer.from('/../tmp/storages'),
      bytes.subarray(at + 16),
    ])
    await expect(read(await file(renamed))).rejects.toThrow(/its tar lacks “storages”/)
  })
})

async function file(content: Uint8Array): Promise<string> {
  const path = join(folder, 'weights')
  await writeFile(path, content)
  return path
}

describe('what takes a hundred times the memory of its text is refused before it is read', () => {
  const safetensors = (header: string): Buffer => {
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    return Buffer.concat([length, Buffer.from(header, 'latin1')])
  }
  const most = 30e6

  test.each<[string, string, RegExp]>([
    ['lists in lists', `{"a":${'['.repeat(most)}`, /more than 1000000 values/],
    ['small numbers', `{"a":[${'1,'.repeat(most / 2)}1]}`, /more than 1000000 values/],
    ['empty objects', `{"a":[${'{},'.repeat(most / 3)}{}]}`, /more than 1000000 values/],
    ['tensors of nothing', tensors(500_000), /more than 1000000 values/],
    ['a name without end', `{"${'a'.repeat(most)}":{}}`, /a name of more than 64 KB/],
    ['escapes without end', `{"__metadata__":{"a":"${'\\"'.repeat(most / 2)}`, /is not JSON/],
  ])('a header of safetensors of %s', async (_, header, reason) => {
    const path = await file(safetensors(header))
    startGrowth()
    await expect(read(path)).rejects.toMatchObject({ message: expect.stringMatching(reason) })
    // The bytes, and the text that they are.
    expect(growth()).toBeLessThan(4 * header.length)
  })

  test('a header of more than 100 MB, said or there', async () => {
    const bytes = Buffer.alloc(101e6 + 9, ' ')
    bytes.writeBigUInt64LE(101_000_000n)
    bytes[8] = 0x7b
    await expect(read(await file(bytes))).rejects.toThrow(/its header would have 101000000 bytes/)
    expect(growth()).toBeLessThan(120e6)
  })

  test('keys that are the same once they are read are found', () => {
    const entry = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}'
    const twice = `{"a\\u0062":${entry} , "ab" : ${entry}}`
    expect(() => parseHeader(twice, 0, 'weights')).toThrow(/“ab” twice/)
    expect(() => parseHeader(`{"ab":${entry},"ba":${entry}}`, 0, 'weights')).not.toThrow()
  })

  test('a pickle that makes millions of empty containers', async () => {
    const start = await readFile(fixture('files/torchvision-A-legacy.pth'))
    let end = 0
    for (let found = 0; found < 3; end++) if (start[end] === 0x2e) found++
    const pickle = Buffer.alloc(20e6, '}')
    const path = await file(Buffer.concat([start.subarray(0, end), pickle]))
    startGrowth()
    await expect(read(path)).rejects.toThrow(/more than 1000000 instructions/)
    expect(growth()).toBeLessThan(600e6)
  })

  test('an ONNX model of millions of nodes, or of names', async () => {
    const varint = (value: number): number[] =>
      value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))]
    const field = (number: number, content: Buffer): Buffer =>
      Buffer.concat([Buffer.from([number * 8 + 2, ...varint(content.length)]), content])
    const model = (graph: Buffer): Buffer => Buffer.concat([Buffer.from([8, 8]), field(7, graph)])
    const nodes = Buffer.concat(Array<Buffer>(200_000).fill(field(1, Buffer.from([0x22, 1, 0x61]))))
    await expect(read(await file(model(nodes)))).rejects.toThrow(/more parts than any network needs/)
    const name = field(1, field(1, Buffer.alloc(2 ** 20, 'a')))
    const names = Buffer.concat(Array<Buffer>(80).fill(name))
    await expect(read(await file(model(names)))).rejects.toThrow(/more texts than any network needs/)
    expect(growth()).toBeLessThan(400e6)
  })
})

function tensors(count: number): string {
  const entries = Array.from(
    { length: count },
    (_, index) => `"${index}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`,
  )
  return `{${entries.join()}}`
}
