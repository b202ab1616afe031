import { imageError } from './errors.ts'
import { isFrame, segmentsOf } from './jpeg-segments.ts'
import { tiffHeader, type TiffHeader } from './tiff-header.ts'
import type { ImageFormat } from './types.ts'

/**
 * Refuses what libvips would not decode, or decode to another picture without a word, with the true reason: the file is
 * sound. Throws StudioError `unsupported`.
 */
export function checkSupported(bytes: Uint8Array, format: ImageFormat): void {
  const reason = reasons[format]?.(bytes)
  if (reason !== undefined)
    throw imageError('unsupported', reason, 'Save it as 8-bit RGB (JPEG or PNG) and import again.')
}

const reasons: Readonly<Partial<Record<ImageFormat, (bytes: Uint8Array) => string | undefined>>> = {
  jpeg: jpegReason,
  tiff: (bytes) => tiffReason(tiffHeader(bytes)),
  png: (bytes) => transferReason(pngTransfer(bytes)),
  avif: (bytes) => transferReason(avifTransfer(bytes)),
}

function jpegReason(bytes: Uint8Array): string | undefined {
  for (const { marker, data } of segmentsOf(bytes)) {
    if (!isFrame(marker)) continue
    if (marker === 0xf7) return 'JPEG-LS images are not read.'
    if ((marker >= 0xc5 && marker <= 0xc7) || marker >= 0xcd) return 'Hierarchical JPEG images are not read.'
    const [bits] = data
    return bits === 8 ? undefined : `JPEG images of ${bits} bits are not read.`
  }
  return undefined
}

const tags = {
  bits: 258,
  compression: 259,
  photometric: 262,
  samples: 277,
  inkSet: 332,
  extraSamples: 338,
  sampleFormat: 339,
} as const

/** Those that libvips was seen to decode; with others it gives black pictures. */
const compressions = new Set([1, 2, 3, 4, 5, 7, 8, 32771, 32773, 32946, 50001])
const compressionNames: Readonly<Record<number, string>> = {
  6: 'old-style JPEG',
  32809: 'ThunderScan',
  34676: 'SGILog',
  34677: 'SGILog24',
  34712: 'JPEG 2000',
  33003: 'JPEG 2000',
  33005: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  34933: 'PNG',
  50000: 'Zstandard',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
}

/** What the color channels are, and how many there are, by PhotometricInterpretation. */
const colors: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3 }
const otherColors: Readonly<Record<number, string>> = {
  4: 'transparency masks',
  8: 'Lab color',
  9: 'Lab color',
  10: 'Lab color',
  32803: 'raw sensor data',
  32844: 'LogL color',
  32845: 'LogLuv color',
  34892: 'raw sensor data',
}
const sampleFormats: Readonly<Record<number, string>> = {
  2: 'signed',
  3: 'floating point',
  5: 'complex',
  6: 'complex',
}

function tiffReason(header: TiffHeader): string | undefined {
  const first = (tag: number, usual: number): number => header.values(tag)?.[0] ?? usual
  const compression = first(tags.compression, 1)
  if (!compressions.has(compression)) {
    const name = compressionNames[compression] ?? `the unknown method ${compression}`
    return `TIFF images compressed with ${name} are not read.`
  }
  const photometric = first(tags.photometric, 1)
  const channels = colors[photometric]
  if (channels === undefined)
    return `TIFF images of ${otherColors[photometric] ?? `the unknown color space ${photometric}`} are not read.`
  if (photometric === 6 && compression !== 7)
    return 'TIFF images of YCbCr color are not read without JPEG compression.'
  if (photometric === 5 && first(tags.inkSet, 1) !== 1)
    return 'TIFF images of inks other than CMYK are not read.'
  return samplesReason(header, channels) ?? numbersReason(header)
}

/** Of bands beyond the color channels one is known what to do with: alpha, or what it is not said to be. */
function samplesReason(header: TiffHeader, channels: number): string | undefined {
  const samples = header.values(tags.samples)?.[0] ?? 1
  if (samples >= channels && samples <= channels + (channels === 4 ? 0 : 1)) return undefined
  return `TIFF images of ${samples} bands are not read: which of them the picture is can't be told.`
}

function numbersReason(header: TiffHeader): string | undefined {
  const bits = header.values(tags.bits) ?? [1]
  const [depth] = bits
  const format = sampleFormats[header.values(tags.sampleFormat)?.find((one) => one in sampleFormats) ?? 1]
  if (format !== undefined)
    return `TIFF images of ${format} numbers (${depth} bits) are not read: which of them is white can't be told.`
  if (bits.some((one) => one !== depth) || ![1, 2, 4, 8, 16].includes(depth!))
    return `TIFF images of ${[...new Set(bits)].join(', ')} bits a sample are not read.`
  return undefined
}

/**
 * Whether the band after the color channels is transparency: ExtraSamples says so. One that is not specified is
 * something else (near infrared, say), and no part of the picture.
 */
export function tiffHasAlpha(bytes: Uint8Array): boolean {
  const [kind] = tiffHeader(bytes).values(tags.extraSamples) ?? []
  return kind === 1 || kind === 2
}

/** Of 16 bits a sample. */
export function isDeepTiff(bytes: Uint8Array): boolean {
  return tiffHeader(bytes).values(tags.bits)?.[0] === 16
}

/** Transfer functions of high dynamic range (ITU-T H.273): their levels shown as sRGB are another picture. */
function transferReason(transfer: number | undefined): string | undefined {
  if (transfer !== 16 && transfer !== 18) return undefined
  return `Images of high dynamic range (${transfer === 16 ? 'PQ' : 'HLG'}) are not read.`
}

function pngTransfer(bytes: Uint8Array): number | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 8; at + 12 <= file.length; at += 12 + file.readUInt32BE(at)) {
    const type = file.toString('latin1', at + 4, at + 8)
    if (type === 'cICP') return file[at + 9]
    if (type === 'IDAT') return undefined
  }
  return undefined
}

/** Bytes of an AVIF that its boxes of properties may take; pixels come after them. */
const boxesLength = 1 << 16

function avifTransfer(bytes: Uint8Array): number | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, boxesLength))
  const at = head.indexOf('colrnclx', 0, 'latin1')
  return at < 0 || at + 12 > head.length ? undefined : head.readUInt16BE(at + 10)
}
