import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWeights } from '../../../core/weights/readers/open.ts'
import type { WeightsFile } from '../../../core/weights/readers/types.ts'
import { fuzz } from './fuzz.ts'

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/weights/files/${name}`, import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'broken-weights-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(bytes: Uint8Array, name = 'weights'): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

/** PyTorch's old format around a pickle, as far as it gets. */
async function legacy(pickle: string): Promise<string> {
  const start = await readFile(fixture('torchvision-A-legacy.pth'))
  // The three pickles before the value end with the third STOP.
  let end = 0
  for (let found = 0; found < 3; end++) if (start[end] === 0x2e) found++
  return file(Buffer.concat([start.subarray(0, end), Buffer.from(pickle, 'latin1')]))
}

describe('a pickle that wants more than tensors is refused by name, and nothing runs', () => {
  test.each([
    ['a function call', '\x80\x02cos\nsystem\nq\x00X\x04\x00\x00\x00exitq\x01\x85q\x02Rq\x03.', /os\.system/],
    ['a builtin', '\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R.', /builtins\.eval/],
    ['a name by STACK_GLOBAL', '\x80\x04\x8c\x05posix\x8c\x06system\x93.', /posix\.system/],
    ['a class by INST', '(S"a"\nios\nsystem\n.', /STRING|INST/],
    ['a class by OBJ', '\x80\x02(cos\nsystem\no.', /os\.system/],
    ['a whole model', '\x80\x02ctorchvision.models.vgg\nVGG\n)\x81.', /torchvision\.models\.vgg\.VGG/],
    ['an extension', '\x80\x02\x82\x01.', /EXT1/],
    ['a name that only looks allowed', '\x80\x02ctorch\nload\nX\x01\x00\x00\x001\x85R.', /torch\.load/],
    ['a storage as a function', '\x80\x02ctorch\nFloatStorage\n)R.', /torch\.FloatStorage/],
    ['a property of every object', '\x80\x02cx\nconstructor\n)R.', /x\.constructor/],
  ])('%s', async (_, pickle, name) => {
    await expect(openWeights(await legacy(pickle))).rejects.toMatchObject({
      code: 'refused-pickle',
      message: expect.stringMatching(name),
      hint: expect.stringMatching(/state_dict/),
    })
  })

  test.each([
    ['recalls what it never had', '\x80\x02h\x05.', /recalls 5/],
    ['takes from an empty stack', '\x80\x02\x85.', /takes more than it has/],
    ['ends in the middle', '\x80\x02X\xff\xff\xff\x7fa', /ends before its end/],
    ['has a number of a gigabyte', '\x80\x02\x8b\xff\xff\xff\x3f.', /ends before its end/],
    ['has no tensors', '\x80\x02}.', /does not list its storages|ends before/],
    ['appends to a number', '\x80\x02K\x01K\x02a.', /no list/],
  ])('one that %s is broken', async (_, pickle, reason) => {
    await expect(openWeights(await legacy(pickle))).rejects.toMatchObject({
      code: 'invalid-weights',
      message: expect.stringMatching(reason),
    })
  })
})

describe('a file that promises more than it has is refused before memory is taken', () => {
  test('a storage of another size than its tensors say', async () => {
    const bytes = await readFile(fixture('torchvision-A-legacy.pth'))
    await expect(openWeights(await file(bytes.subarray(0, -100)))).rejects.toMatchObject({
      code: 'invalid-weights',
      message: expect.stringMatching(/(beyond the end of the file|ends before its contents)/),
    })
  })

  test('a compressed storage in PyTorch’s zip', async () => {
    const path = fixture('keras-D.keras')
    // A zip without a model of either.
    const bytes = Buffer.from(
      (await readFile(path)).toString('latin1').replaceAll('model.weights.h5', 'model.weights.h6'),
      'latin1',
    )
    await expect(openWeights(await file(bytes))).rejects.toThrow(/no data\.pkl/)
  })

  test('ONNX values in a file that is not beside the model', async () => {
    const model = await readFile(fixture('outside-D.onnx'))
    const moved = Buffer.from(
      model.toString('latin1').replaceAll('outside-D.bin', '../../../a.bin'.slice(0, 13)),
      'latin1',
    )
    await expect(openWeights(await file(moved, 'model.onnx'))).rejects.toThrow(/not beside the model/)
    await expect(openWeights(await file(model, 'model.onnx'))).rejects.toThrow(/not beside the model/)
  })

  test.each(['torchvision-B-zip.pth', 'keras-D.keras'])(
    'a zip whose offsets are garbage: %s',
    async (name) => {
      const original = await readFile(fixture(name))
      for (let back = 1; back <= 80; back++) {
        const bytes = Buffer.from(original)
        bytes[bytes.length - back] = 0xff
        const opened = await openWeights(await file(bytes)).catch((error: unknown) => error)
        if (opened instanceof Error) expect(opened).toHaveProperty('code')
        else await (opened as WeightsFile).close()
      }
    },
  )

  test('a file in no known format, an empty one, a folder', async () => {
    await expect(openWeights(await file(Buffer.from('hello, weights')))).rejects.toMatchObject({
      code: 'unknown-weights',
    })
    await expect(openWeights(await file(new Uint8Array(0)))).rejects.toThrow(/it is empty/)
    await expect(openWeights(folder)).rejects.toThrow(/it is not a file/)
    await expect(openWeights(join(folder, 'gone'))).rejects.toMatchObject({ code: 'file-not-found' })
  })
})

test('files with changed bytes are read or refused, never anything else', async () => {
  // `node test/weights/readers/fuzz.ts` does 2,000.
  const { refused, read } = await fuzz({ count: 60, seed: 5, folder })
  expect(refused + read).toBe(60)
  expect(refused).toBeGreaterThan(10)
})
