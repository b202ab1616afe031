import { StudioError } from '../base/errors.ts'
import type { UnsupportedImage } from '../messages/en/unsupported.ts'
import { isFrame, segmentsOf } from './jpegSegments.ts'
import { tiffHeader, type TiffHeader } from './tiffHeader.ts'
import type { ImageFormat } from './types.ts'

/**
 * Refuses what libvips would not decode, or decode to another picture without a word, with the true reason: the file is
 * sound. Throws StudioError `unsupported`.
 */
export function checkSupported(bytes: Uint8Array, format: ImageFormat): void {
  const reason = reasons[format]?.(bytes)
  if (reason !== undefined) throw new StudioError('unsupported', reason)
}

const reasons: Readonly<Partial<Record<ImageFormat, (bytes: Uint8Array) => UnsupportedImage | undefined>>> = {
  jpeg: jpegReason,
  tiff: (bytes) => tiffReason(tiffHeader(bytes)),
  png: (bytes) => transferReason(pngTransfer(bytes)),
  avif: (bytes) => transferReason(avifTransfer(bytes)),
}

function jpegReason(bytes: Uint8Array): UnsupportedImage | undefined {
  for (const { marker, data } of segmentsOf(bytes)) {
    if (!isFrame(marker)) continue
    if (marker === 0xf7) return { what: 'jpeg-ls' }
    if ((marker >= 0xc5 && marker <= 0xc7) || marker >= 0xcd) return { what: 'jpeg-hierarchical' }
    const [bits] = data
    return bits === 8 ? undefined : { what: 'jpeg-bits', bits: bits! }
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

/** Compressions that libvips was seen to decode; with others it gives black pictures. */
const compressions = new Set([1, 2, 3, 4, 5, 7, 8, 32771, 32773, 32946, 50001])

/** What the color channels are, and how many there are, by PhotometricInterpretation. */
const colors: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3 }
const sampleFormats: Readonly<Record<number, 'signed' | 'floating' | 'complex'>> = {
  2: 'signed',
  3: 'floating',
  5: 'complex',
  6: 'complex',
}

function tiffReason(header: TiffHeader): UnsupportedImage | undefined {
  const first = (tag: number, usual: number): number => header.values(tag)?.[0] ?? usual
  const compression = first(tags.compression, 1)
  if (!compressions.has(compression)) return { what: 'tiff-compression', method: compression }
  const photometric = first(tags.photometric, 1)
  const channels = colors[photometric]
  if (channels === undefined) return { what: 'tiff-color', space: photometric }
  if (photometric === 6 && compression !== 7) return { what: 'tiff-ycbcr' }
  if (photometric === 5 && first(tags.inkSet, 1) !== 1) return { what: 'tiff-inks' }
  return samplesReason(header, channels) ?? numbersReason(header)
}

/** One band beyond the color channels is supported: alpha, or one of unspecified meaning. */
function samplesReason(header: TiffHeader, channels: number): UnsupportedImage | undefined {
  const samples = header.values(tags.samples)?.[0] ?? 1
  if (samples >= channels && samples <= channels + (channels === 4 ? 0 : 1)) return undefined
  return { what: 'tiff-bands', bands: samples }
}

function numbersReason(header: TiffHeader): UnsupportedImage | undefined {
  const bits = header.values(tags.bits) ?? [1]
  const [depth] = bits
  const kind = sampleFormats[header.values(tags.sampleFormat)?.find((one) => one in sampleFormats) ?? 1]
  if (kind !== undefined) return { what: 'tiff-numbers', kind, bits: depth! }
  if (bits.some((one) => one !== depth) || ![1, 2, 4, 8, 16].includes(depth!))
    return { what: 'tiff-bits', bits: [...new Set(bits)] }
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

/** Whether a TIFF file has 16 bits a sample. */
export function isDeepTiff(bytes: Uint8Array): boolean {
  return tiffHeader(bytes).values(tags.bits)?.[0] === 16
}

/** Transfer functions of high dynamic range (ITU-T H.273): their levels shown as sRGB are another picture. */
function transferReason(transfer: number | undefined): UnsupportedImage | undefined {
  if (transfer !== 16 && transfer !== 18) return undefined
  return { what: 'high-dynamic-range', transfer: transfer === 16 ? 'PQ' : 'HLG' }
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
