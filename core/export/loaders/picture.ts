/** Decodes a picture as VGG Studio does: 8-bit sRGB, upright, transparency over white, first frame. Needs `sharp`. */
import { readFile } from 'node:fs/promises'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import type { Picture } from './preprocess.ts'

/** A file that this program will not classify, and why. */
export class Refused extends Error {}

type Format = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif'

/** @throws Refused where the picture would be another one than VGG Studio sees, or none */
export async function readPicture(path: string): Promise<Picture> {
  const bytes = await readFile(path)
  const format = formatOf(bytes)
  const tiff = format === 'tiff' ? tiffTags(bytes) : undefined
  checkSupported(bytes, format, tiff)
  const deep = await deepColor(bytes, format, tiff)
  const autoOrient = format !== 'jpeg' || !isUpright(bytes)
  const options = { autoOrient, failOn: 'truncated', limitInputPixels: 100_000_000 } as const
  const opened = deep
    ? sharp(bytes, { ...options, ignoreIcc: true }).toColourspace(deep.space)
    : sharp(bytes, options).toColourspace('srgb')
  // libvips ignores the profile of 16-bit gray; as a profile of the output it is told sRGB, which it converts to.
  const image = deep?.profile && deep.space === 'grey16' ? opened.withIccProfile('srgb') : opened
  const { data, info } = await image
    .raw({ depth: deep ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const { width, height } = info
  const levels = deep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data
  const shown =
    levels instanceof Uint16Array && deep?.space === 'rgb16' && deep.profile
      ? await applyProfile(levels, width, height, info.channels, deep.profile)
      : { levels, channels: info.channels as number }
  const opaque = tiff !== undefined && ![1, 2].includes(tiff.get(338)?.[0] ?? 0)
  return { width, height, data: overWhite(shown.levels, shown.channels, opaque) }
}

/** Whether a JPEG's orientation is written as a BYTE, which viewers don't turn by; libvips would. */
function isUpright(file: Buffer): boolean {
  for (let at = 2; at + 4 <= file.length && file[at] === 0xff && file[at + 1] !== 0xda;) {
    const end = at + 2 + file.readUInt16BE(at + 2)
    const segment = file.subarray(at + 4, end)
    if (file[at + 1] === 0xe1 && segment.toString('latin1', 0, 4) === 'Exif' && segment.length > 14) {
      const exif = segment.subarray(6)
      const little = exif[0] === 0x49
      const read = (place: number, size: number): number =>
        place + size > exif.length ? 0 : little ? exif.readUIntLE(place, size) : exif.readUIntBE(place, size)
      const directory = read(4, 4)
      for (let index = 0; index < read(directory, 2); index++) {
        const entry = directory + 2 + 12 * index
        if (read(entry, 2) === 0x0112) return read(entry + 2, 2) === 1
      }
    }
    at = end
  }
  return false
}

/** By the first bytes; a name says nothing. */
function formatOf(bytes: Buffer): Format {
  const starts = (text: string, at = 0): boolean => bytes.toString('latin1', at, at + text.length) === text
  if (starts('\xff\xd8\xff')) return 'jpeg'
  if (starts('\x89PNG\r\n\x1a\n')) return 'png'
  if (starts('GIF87a') || starts('GIF89a')) return 'gif'
  if (starts('RIFF') && starts('WEBP', 8)) return 'webp'
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((magic) => starts(magic)) && !starts('CR', 8)) return 'tiff'
  const brands = starts('ftyp', 4) ? bytes.toString('latin1', 8, Math.min(64, bytes.readUInt32BE(0))) : ''
  if (/avi[fs]/.test(brands)) return 'avif'
  throw new Refused('not a JPEG, PNG, WebP, GIF, TIFF or AVIF file')
}

/** Files that libvips shows as another picture without a word. */
function checkSupported(bytes: Buffer, format: Format, tiff: TiffTags | undefined): void {
  const transfer = format === 'png' ? pngTransfer(bytes) : format === 'avif' ? avifTransfer(bytes) : undefined
  if (transfer === 16 || transfer === 18) throw new Refused('high dynamic range')
  if (!tiff) return
  const first = (tag: number, usual: number): number => tiff.get(tag)?.[0] ?? usual
  const photometric = first(262, 1)
  const channels = { 0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3 }[photometric]
  const samples = first(277, 1)
  const bits = tiff.get(258) ?? [1]
  if (
    channels === undefined ||
    ![1, 2, 3, 4, 5, 7, 8, 32771, 32773, 32946, 50001].includes(first(259, 1)) ||
    (photometric === 6 && first(259, 1) !== 7) ||
    (photometric === 5 && first(332, 1) !== 1) ||
    samples < channels ||
    samples > channels + (channels === 4 ? 0 : 1) ||
    (tiff.get(339) ?? []).some((kind) => [2, 3, 5, 6].includes(kind)) ||
    bits.some((depth) => depth !== bits[0] || ![1, 2, 4, 8, 16].includes(depth))
  )
    throw new Refused('a TIFF whose colors, numbers or compression are not those of a picture')
}

function pngTransfer(file: Buffer): number | undefined {
  for (let at = 8; at + 12 <= file.length; at += 12 + file.readUInt32BE(at)) {
    const type = file.toString('latin1', at + 4, at + 8)
    if (type === 'cICP') return file[at + 9]
    if (type === 'IDAT') return undefined
  }
  return undefined
}

function avifTransfer(file: Buffer): number | undefined {
  const head = file.subarray(0, 1 << 16)
  const at = head.indexOf('colrnclx', 0, 'latin1')
  return at < 0 || at + 12 > head.length ? undefined : head.readUInt16BE(at + 10)
}

interface DeepColor {
  readonly space: 'rgb16' | 'grey16'
  readonly profile: Uint8Array | null
}

/** How levels of more than 8 bits are to be read; null for 8 bits. */
async function deepColor(
  bytes: Buffer,
  format: Format,
  tiff: TiffTags | undefined,
): Promise<DeepColor | null> {
  const deep = format === 'avif' || (format === 'png' && bytes[24] === 16) || tiff?.get(258)?.[0] === 16
  if (!deep) return null
  const { depth, space, icc, channels } = await sharp(bytes).metadata()
  if (depth !== 'ushort' || (space !== 'rgb16' && space !== 'grey16')) return null
  const text = (at: number): string => icc?.toString('latin1', at, at + 4) ?? ''
  const fits = text(36) === 'acsp' && text(16) === (channels < 3 ? 'GRAY' : 'RGB ')
  return { space, profile: fits ? icc! : null }
}

/** 16-bit RGB rounded to 8 bits, then converted to sRGB as 8-bit pictures are. */
async function applyProfile(
  levels: Uint16Array,
  width: number,
  height: number,
  channels: number,
  profile: Uint8Array,
): Promise<{ levels: Uint8Array; channels: number }> {
  const rounded = Uint8Array.from(levels, (level) => Math.round(level / 257))
  const raw = { width, height, channels: channels as 3 | 4 }
  const png = await sharp(rounded, { raw }).png({ compressionLevel: 0 }).toBuffer()
  const content = Buffer.concat([Buffer.from('iCCPembedded\0\0', 'latin1'), deflateSync(profile)])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(content.length - 4)
  check.writeUInt32BE(crc32(content))
  // After the signature and the header comes the profile.
  const profiled = Buffer.concat([png.subarray(0, 33), length, content, check, png.subarray(33)])
  const { data, info } = await sharp(profiled, { limitInputPixels: false })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { levels: data, channels: info.channels }
}

/** RGB bytes over white, rounded once. Channels: gray, gray and alpha, RGB, or RGB and alpha. */
function overWhite(levels: Uint8Array | Uint16Array, channels: number, opaque: boolean): Uint8Array {
  const most = levels instanceof Uint8Array ? 255 : 65535
  const colors = channels < 3 ? 1 : 3
  const count = levels.length / channels
  const data = new Uint8Array(count * 3)
  for (let pixel = 0, from = 0, to = 0; pixel < count; pixel++, from += channels) {
    const alpha = channels > colors && !opaque ? levels[from + colors]! / most : 1
    for (let channel = 0; channel < 3; channel++) {
      const level = levels[from + (colors === 1 ? 0 : channel)]! * (255 / most)
      data[to++] = Math.round(255 - alpha * (255 - level))
    }
  }
  return data
}

type TiffTags = ReadonlyMap<number, readonly number[]>

/** Whole numbers of the first directory of a TIFF file, by tag. */
function tiffTags(file: Buffer): TiffTags {
  const little = file[0] === 0x49
  const read = (at: number, size: number): number => {
    if (size === 8) return Number(little ? file.readBigUInt64LE(at) : file.readBigUInt64BE(at))
    return little ? file.readUIntLE(at, size) : file.readUIntBE(at, size)
  }
  const big = read(2, 2) === 43
  const [pointer, counter] = big ? [8, 8] : [4, 2]
  const sizes: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8 }
  const tags = new Map<number, readonly number[]>()
  try {
    const directory = read(big ? 8 : 4, pointer)
    for (let index = 0; index < read(directory, counter); index++) {
      const entry = directory + counter + index * (4 + 2 * pointer)
      const size = sizes[read(entry + 2, 2)]
      const count = read(entry + 4, pointer)
      if (size === undefined || size * count > file.length) continue
      const at = size * count > pointer ? read(entry + 4 + pointer, pointer) : entry + 4 + pointer
      tags.set(
        read(entry, 2),
        Array.from({ length: count }, (_, place) => read(at + place * size, size)),
      )
    }
  } catch (cause) {
    throw new Refused('a TIFF that ends in its directory', { cause })
  }
  return tags
}
