import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { random } from '../../core/base/random.ts'

export interface OddImage {
  readonly name: string
  readonly path: string
}

/** Smooth color with some texture, all levels and hues. */
function painted(channels: 3 | 4, seed: number): Sharp {
  const source = random(23, seed)
  const cells = Uint8Array.from({ length: 8 * 6 * channels }, () => source.integer(256))
  return sharp(cells, { raw: { width: 8, height: 6, channels } }).resize(96, 72, { fit: 'fill' })
}

type Encode = (image: Sharp) => Sharp

const formats: Readonly<Record<string, { readonly encode: Encode; readonly alpha: boolean }>> = {
  jpg: { encode: (image) => image.jpeg({ quality: 92 }), alpha: false },
  'progressive.jpg': { encode: (image) => image.jpeg({ progressive: true }), alpha: false },
  png: { encode: (image) => image.png(), alpha: true },
  'palette.png': { encode: (image) => image.png({ palette: true, colours: 64, dither: 0 }), alpha: true },
  webp: { encode: (image) => image.webp({ quality: 92 }), alpha: true },
  'lossless.webp': { encode: (image) => image.webp({ lossless: true }), alpha: true },
  gif: { encode: (image) => image.gif({ dither: 0 }), alpha: true },
  tiff: { encode: (image) => image.tiff({ compression: 'lzw' }), alpha: true },
  avif: {
    encode: (image) => image.avif({ quality: 92, effort: 0, chromaSubsampling: '4:4:4' }),
    alpha: true,
  },
}

/** What is done to a picture before it is encoded. */
const variants: Readonly<
  Record<string, { readonly make: () => Sharp; readonly wants: 'alpha' | 'any' | 'deep' }>
> = {
  plain: { make: () => painted(3, 1), wants: 'any' },
  gray: { make: () => painted(3, 2).toColourspace('b-w'), wants: 'any' },
  transparent: { make: () => painted(4, 3), wants: 'alpha' },
  'display p3': { make: () => painted(3, 4).withIccProfile('p3'), wants: 'any' },
  cmyk: { make: () => painted(3, 5).toColourspace('cmyk'), wants: 'any' },
  'transparent, display p3': { make: () => painted(4, 6).withIccProfile('p3'), wants: 'alpha' },
  '16 bits': { make: () => painted(3, 7).toColourspace('rgb16'), wants: 'deep' },
  'gray, 16 bits': { make: () => painted(3, 8).toColourspace('grey16'), wants: 'deep' },
  'transparent, 16 bits': { make: () => painted(4, 9).toColourspace('rgb16'), wants: 'deep' },
}

/** File names that hold CMYK, 16 bits. */
const cmykFormats = new Set(['jpg', 'tiff'])
const deepFormats = new Set(['png', 'tiff'])
const oriented = new Set(['jpg', 'png', 'webp', 'tiff'])

/**
 * Every format × depth × profile × orientation × alpha that the application accepts, as files in a folder: what sharp
 * writes of those, and what test/reference/images.py made of files that are easily decoded to another picture (TIFF
 * samples, profiles of gray, ProPhoto and linear RGB, 16 bits, MPO, orientations).
 */
export async function oddImages(folder: string): Promise<readonly OddImage[]> {
  await mkdir(folder, { recursive: true })
  const made: OddImage[] = []
  const put = async (name: string, bytes: Uint8Array): Promise<void> => {
    const path = join(folder, `${made.length}.${name.split('.').at(-1)!}`)
    await writeFile(path, bytes)
    made.push({ name, path })
  }
  for (const [ending, { encode, alpha }] of Object.entries(formats)) {
    for (const [name, { make, wants }] of Object.entries(variants)) {
      if (wants === 'alpha' && !alpha) continue
      if (wants === 'deep' && !deepFormats.has(ending)) continue
      if (name === 'cmyk' && !cmykFormats.has(ending)) continue
      await put(`${name}.${ending}`, await encode(make()).toBuffer())
    }
    if (!oriented.has(ending)) continue
    for (let orientation = 2; orientation <= 8; orientation++)
      await put(
        `orientation ${orientation}.${ending}`,
        await encode(painted(3, 20).withMetadata({ orientation })).toBuffer(),
      )
  }
  for (const { name, bytes } of fromElsewhere()) await put(name, bytes)
  return made
}

interface Stored {
  readonly file: string
  readonly code: string | null
}

function fromElsewhere(): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  const fixture = new URL('../fixtures/images/pictures.json.gz', import.meta.url)
  const pictures = JSON.parse(gunzipSync(readFileSync(fixture)).toString()) as Record<string, Stored>
  return Object.entries(pictures)
    .filter(([, { code }]) => code === null)
    .map(([name, { file }]) => ({ name: `${name}.bin`, bytes: Buffer.from(file, 'base64') }))
}

/** Files that the application refuses: a program that shows a picture of them shows another one. */
export async function refusedImages(folder: string): Promise<readonly OddImage[]> {
  await mkdir(folder, { recursive: true })
  const fixture = new URL('../fixtures/images/pictures.json.gz', import.meta.url)
  const pictures = JSON.parse(gunzipSync(readFileSync(fixture)).toString()) as Record<string, Stored>
  const refused = Object.entries(pictures).filter(([, { code }]) => code !== null)
  return Promise.all(
    refused.map(async ([name, { file }], index) => {
      const path = join(folder, `refused-${index}.bin`)
      await writeFile(path, Buffer.from(file, 'base64'))
      return { name, path }
    }),
  )
}
