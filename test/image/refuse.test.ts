import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { StudioError } from '../../core/base/errors.ts'
import { decode, decodeBytes, decodeStrictly } from '../../core/image/decode.ts'
import { identifyBytes } from '../../core/image/identify.ts'
import { imageLimits } from '../../core/image/types.ts'
import { bmp, heic, picture, svg, temporaryFolder, texture } from './samples.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(() => folder.discard())

const errorOf = (work: Promise<unknown>): Promise<StudioError> =>
  work.then(
    () => expect.unreachable('should have been refused'),
    (error: StudioError) => error,
  )

describe('what is no usable image is refused with a code and a reason', () => {
  const cases: Record<string, { bytes: Uint8Array | string; code: string; says: RegExp }> = {
    'empty.jpg': { bytes: '', code: 'empty', says: /empty/ },
    'text.jpg': { bytes: 'not a picture at all\n', code: 'not-an-image', says: /text/ },
    'noise.png': { bytes: Buffer.from([1, 2, 3, 4, 250, 0, 9]), code: 'not-an-image', says: /known format/ },
    'drawing.svg': { bytes: svg, code: 'unsupported', says: /SVG/ },
    'drawing.png': { bytes: svg, code: 'unsupported', says: /SVG/ },
    'comment first.svg': {
      bytes: '\ufeff<!-- made by hand -->\n<!DOCTYPE svg PUBLIC "a" "b">\n<svg/>',
      code: 'unsupported',
      says: /SVG/,
    },
    'not found.jpg': {
      bytes: '<!DOCTYPE html><html><body><svg></svg>404</body></html>',
      code: 'not-an-image',
      says: /text/,
    },
    'picture.bmp': { bytes: bmp(), code: 'unsupported', says: /BMP/ },
    'phone.jpg': { bytes: heic, code: 'unsupported', says: /HEIC/ },
  }
  for (const [name, { bytes, code, says }] of Object.entries(cases))
    it(name, async () => {
      const path = await folder.put(name, bytes)
      const refused = [await errorOf(identifyBytes(readFileSync(path))), await errorOf(decode(path))]
      expect(refused[1]!.message.startsWith(path)).toBe(true)
      for (const error of refused) {
        expect(error.code).toBe(code)
        expect(error.message).toMatch(says)
        if (code === 'unsupported') expect(error.hint).toMatch(/JPEG or PNG/)
      }
    })
})

describe('a truncated file is an error, not half a picture', () => {
  const formats = {
    jpeg: () => texture(200, 150).jpeg(),
    'progressive jpeg': () => texture(200, 150).jpeg({ progressive: true }),
    png: () => texture(200, 150).png(),
    webp: () => texture(200, 150).webp(),
    gif: () => texture(200, 150).gif(),
    tiff: () => texture(200, 150).tiff(),
    avif: () => texture(200, 150).avif({ effort: 0 }),
  }
  for (const [name, encode] of Object.entries(formats))
    for (const share of [0.5, 0.95])
      it(`${name}, ${share * 100} % there`, async () => {
        const bytes = await encode().toBuffer()
        const path = await folder.put('part', bytes.subarray(0, Math.floor(bytes.length * share)))
        expect((await errorOf(decode(path))).code).toBe('truncated')
      })
})

it('says that PNG data is damaged when its checksum does not hold', async () => {
  const bytes = await texture(200, 150).png().toBuffer()
  bytes[Math.floor(bytes.length / 2)]! ^= 0xff
  expect((await errorOf(decode(await folder.put('damaged.png', bytes)))).code).toBe('damaged')
})

describe('looked at strictly, a JPEG', () => {
  it('of which data is missing is damaged, though it decodes', async () => {
    const bytes = await texture(300, 200).jpeg().toBuffer()
    const middle = bytes.length >> 1
    const gap = Buffer.concat([bytes.subarray(0, middle), bytes.subarray(middle + 5000)])
    const ended = Buffer.from(bytes)
    ended.set([0xff, 0xd9], middle)
    for (const damaged of [gap, ended]) {
      await decodeBytes(damaged)
      expect((await errorOf(decodeStrictly(damaged))).code).toBe('damaged')
    }
  })
  it('with harmless oddities is fine', async () => {
    const bytes = await texture(300, 200).jpeg().toBuffer()
    const tail = Buffer.concat([bytes, Buffer.from('camera data after the end')])
    const scan = bytes.indexOf(Buffer.from([0xff, 0xda]))
    const extraneous = Buffer.concat([bytes.subarray(0, scan), Buffer.from([0, 0, 7]), bytes.subarray(scan)])
    for (const odd of [bytes, tail, extraneous])
      expect(await decodeStrictly(odd)).toEqual(await decodeBytes(bytes))
    await expect(sharp(extraneous, { failOn: 'warning' }).raw().toBuffer()).rejects.toThrow(/extraneous/)
  })
  it('that ends early is truncated', async () => {
    const bytes = await texture(300, 200).jpeg().toBuffer()
    expect((await errorOf(decodeStrictly(bytes.subarray(0, bytes.length >> 1)))).code).toBe('truncated')
  })
})

/** 196 million plain pixels whose color profile has to be applied: seconds of work from a file made in one. */
async function slowJpeg(): Promise<Buffer> {
  const profiled = await picture().withIccProfile('p3').jpeg().toBuffer()
  const at = profiled.indexOf('ICC_PROFILE', 0, 'latin1') - 4
  const profile = profiled.subarray(at, at + 2 + profiled.readUInt16BE(at + 2))
  const plain = { width: 14000, height: 14000, channels: 3, background: '#987' } as const
  const bytes = await sharp({ create: plain }).jpeg().toBuffer()
  return Buffer.concat([bytes.subarray(0, 2), profile, bytes.subarray(2)])
}

describe('limits', () => {
  it('hold for the number of pixels, before anything is decoded', async () => {
    const path = await folder.put('large.png', await picture().png().toBuffer())
    const limits = { ...imageLimits, pixels: 48 * 32 - 1 }
    const message = 'The image has 1,536 pixels (48×32); at most 1,535 are read.'
    const unnamed = await errorOf(identifyBytes(readFileSync(path), limits))
    expect(unnamed).toMatchObject({ code: 'too-large', message })
    expect(await errorOf(decode(path, limits))).toMatchObject({
      code: 'too-large',
      message: `${path}: ${message}`,
    })
    await decode(path, { ...imageLimits, pixels: 48 * 32 })
  })
  it('hold for the file size', async () => {
    const bytes = await picture().png().toBuffer()
    const path = await folder.put('bytes.png', bytes)
    expect(await errorOf(decode(path, { ...imageLimits, bytes: 20 }))).toMatchObject({
      code: 'too-large',
      message: `${path}: The file has ${bytes.length} bytes; at most 20 are read.`,
    })
  })
  it('hold for the time that one image takes', async () => {
    const path = await folder.put('slow.jpg', await slowJpeg())
    expect((await errorOf(decode(path, { ...imageLimits, pixels: 2e8, seconds: 1 }))).code).toBe('timeout')
  })
})

it('names the file that cannot be read', async () => {
  const missing = await errorOf(decode(join(folder.path, 'missing.png')))
  expect(missing.code).toBe('unreadable')
  expect(missing.message).toContain('missing.png')
  await mkdir(join(folder.path, 'folder.png'))
  expect((await errorOf(decode(join(folder.path, 'folder.png')))).code).toBe('unreadable')
})
