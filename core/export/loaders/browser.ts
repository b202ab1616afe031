/**
 * Classifies pictures in a browser. A browser converts colors and depths by itself and says nothing of it:
 * the header is read first, and what would be shown otherwise than in VGG Studio is refused by name.
 */
import { classified, type Model, type Picture, type Rules } from './preprocess.ts'

/** A picture that this program will not classify, and why. */
export class Refused extends Error {}

export interface BrowserClassifier {
  readonly labels: readonly string[]
  /** One probability for each label. Throws `Refused` for a picture that can't be classified faithfully. */
  probabilities(file: Blob): Promise<Float32Array>
}

/**
 * @param model opened by `openModel` of the file beside this one
 * @param rules content of preprocessing.json
 */
export function classifierOf(model: Model, rules: Rules): BrowserClassifier {
  return {
    labels: rules.labels,
    async probabilities(file) {
      return classified(model, await readPicture(file), rules)
    },
  }
}

/** 8-bit sRGB, upright, transparency over white, first frame. Throws `Refused`. */
export async function readPicture(file: Blob): Promise<Picture> {
  await checkHeader(new Uint8Array(await file.arrayBuffer()))
  const image = await createImageBitmap(file, {
    ...{ imageOrientation: 'from-image', premultiplyAlpha: 'none' },
    colorSpaceConversion: 'default',
  } as ImageBitmapOptions).catch((cause: unknown) => {
    throw new Refused('it can’t be decoded', { cause })
  })
  const { width, height } = image
  if (width * height > 100_000_000) throw new Refused('more than 100 million pixels')
  const context = new OffscreenCanvas(width, height).getContext('2d', { colorSpace: 'srgb' })!
  context.drawImage(image, 0, 0)
  const rgba = context.getImageData(0, 0, width, height).data
  const data = new Uint8Array(width * height * 3)
  for (let pixel = 0; pixel < width * height; pixel++) {
    const alpha = rgba[pixel * 4 + 3]! / 255
    for (let channel = 0; channel < 3; channel++)
      data[pixel * 3 + channel] = Math.round(255 - alpha * (255 - rgba[pixel * 4 + channel]!))
  }
  return { width, height, data }
}

/** Throws `Refused` for what a browser shows otherwise than VGG Studio. */
export async function checkHeader(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const text = latin(bytes, 0, 12)
  if (text.startsWith('\xff\xd8\xff')) return checkJpeg(bytes)
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return checkPng(bytes)
  if (/^GIF8[79]a/.test(text)) return
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return checkWebp(bytes)
  if (text.startsWith('ftypavi', 4)) throw new Refused('AVIF: save it as PNG or JPEG')
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) throw new Refused('TIFF, which browsers don’t show')
  throw new Refused('not a JPEG, PNG, WebP or GIF file')
}

function checkJpeg(bytes: Uint8Array): void {
  const profile: Uint8Array[] = []
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1]!
    const length = big(bytes, at + 2, 2)
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame && bytes[at + 4]! !== 8) throw new Refused('more than 8 bits for each color')
    if (isFrame && bytes[at + 9]! === 4)
      throw new Refused('CMYK, which browsers convert by a rule of their own')
    if (marker === 0xe1 && latin(bytes, at + 4, 6) === 'Exif\0\0') {
      const orientation = orientationOf(bytes.subarray(at + 10, at + 2 + length))
      if (orientation?.isUsual === false) throw new Refused('an orientation that programs read differently')
    }
    if (marker === 0xe2 && latin(bytes, at + 4, 11) === 'ICC_PROFILE')
      profile[bytes[at + 16]!] = bytes.subarray(at + 18, at + 2 + length)
    if (marker === 0xda) break
    at += 2 + length
  }
  if (profile.length > 0) checkProfile(joined(profile))
}

/** How a picture is to be turned, as Exif says. */
interface Orientation {
  readonly value: number
  /** As programs write it: one number of 16 bits. What else is there, they read differently. */
  readonly isUsual: boolean
}

/** @param exif from its byte order on */
function orientationOf(exif: Uint8Array): Orientation | null {
  const isLittle = exif[0] === 0x49
  const read = (at: number, size: number): number => {
    if (at + size > exif.length) return 0
    return isLittle ? big(exif.slice(at, at + size).reverse(), 0, size) : big(exif, at, size)
  }
  const directory = read(4, 4)
  for (let index = 0; index < read(directory, 2); index++) {
    const entry = directory + 2 + 12 * index
    if (read(entry, 2) !== 0x0112) continue
    return { value: read(entry + 8, 2), isUsual: read(entry + 2, 2) === 3 && read(entry + 4, 4) === 1 }
  }
  return null
}

async function checkPng(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  if (bytes[24]! === 16) throw new Refused('16 bits for each color: save it with 8')
  const chunks = new Map<string, number>()
  for (let at = 8; at + 12 <= bytes.length; at += 12 + big(bytes, at, 4)) {
    const type = latin(bytes, at + 4, 4)
    if (type === 'IDAT') break
    chunks.set(type, at + 8)
  }
  if (chunks.has('cICP')) throw new Refused('colors by code (cICP), as of high dynamic range')
  const profile = chunks.get('iCCP')
  if (profile !== undefined) {
    const end = profile + big(bytes, profile - 8, 4)
    // A name, its 0, the method of compression.
    return checkProfile(await inflated(bytes.subarray(bytes.indexOf(0, profile) + 2, end)))
  }
  // Without sRGB's own mark, browsers apply what these say; VGG Studio and most programs don't.
  const gamma = chunks.get('gAMA')
  const isUsual = gamma === undefined || Math.abs(big(bytes, gamma, 4) - 45455) <= 100
  if (!chunks.has('sRGB') && (!isUsual || chunks.has('cHRM'))) throw new Refused('other colors than sRGB')
}

function checkWebp(bytes: Uint8Array): void {
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = big(bytes.slice(at + 4, at + 8).reverse(), 0, 4)
    const content = bytes.subarray(at + 8, at + 8 + size)
    if (latin(bytes, at, 4) === 'ICCP') checkProfile(content)
    if (latin(bytes, at, 4) === 'EXIF') {
      const start = latin(content, 0, 6) === 'Exif\0\0' ? 6 : 0
      const orientation = orientationOf(content.subarray(start))
      if (orientation !== null && orientation.value !== 1)
        throw new Refused('an orientation in a WebP, by which browsers don’t turn it')
    }
    at += 8 + size + (size % 2)
  }
}

/** Colorants of sRGB, adapted to D50 (IEC 61966-2-1, in ICC profiles). */
const colorants = {
  rXYZ: [0.4361, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7141],
} as const

function checkProfile(profile: Uint8Array): void {
  const tags = new Map<string, number>()
  const count = profile.length > 132 ? Math.min(100, big(profile, 128, 4)) : 0
  for (let index = 0; index < count; index++) {
    const at = 132 + 12 * index
    if (at + 12 <= profile.length) tags.set(latin(profile, at, 4), big(profile, at + 4, 4))
  }
  const fixed = (at: number): number => (big(profile, at, 4) | 0) / 65536
  const isColorant = ([name, values]: readonly [string, readonly number[]]): boolean => {
    const at = tags.get(name)
    return (
      at !== undefined && values.every((value, axis) => Math.abs(fixed(at + 8 + 4 * axis) - value) < 0.003)
    )
  }
  const curves = ['rTRC', 'gTRC', 'bTRC'].map((name) => tags.get(name))
  const isSrgb =
    latin(profile, 16, 4) === 'RGB ' &&
    Object.entries(colorants).every(isColorant) &&
    curves.every((at) => at !== undefined && isSrgbCurve(profile, at))
  if (!isSrgb) throw new Refused('a color profile other than sRGB: convert it to sRGB')
}

/** Whether a curve takes one half to sRGB's 0.2140. */
function isSrgbCurve(profile: Uint8Array, at: number): boolean {
  const fixed = (index: number): number => (big(profile, at + 12 + 4 * index, 4) | 0) / 65536
  const type = latin(profile, at, 4)
  if (type === 'para' && big(profile, at + 8, 2) === 3)
    return Math.abs((fixed(1) * 0.5 + fixed(2)) ** fixed(0) - 0.214) < 0.002
  const count = big(profile, at + 8, 4)
  if (type !== 'curv' || count < 256) return false
  const middle = big(profile, at + 12 + 2 * Math.round((count - 1) / 2), 2) / 65535
  return Math.abs(middle - 0.214) < 0.004
}

async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer().catch(() => new ArrayBuffer()))
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const there = parts.filter((part) => part !== undefined)
  const all = new Uint8Array(there.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of there) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const latin = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length))

/** A big-endian whole number; 0 beyond the end. */
function big(bytes: Uint8Array, at: number, size: number): number {
  let value = 0
  for (let index = 0; index < size; index++) value = value * 256 + (bytes[at + index] ?? 0)
  return value
}
