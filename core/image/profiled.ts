import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'

/** Interleaved levels of an image whose color profile has not been applied. */
export interface Levels<Data extends Uint8Array | Uint16Array> {
  readonly data: Data
  readonly width: number
  readonly height: number
  /** 3, or 4 with alpha. */
  readonly channels: number
}

/**
 * 16-bit RGB rounded to 8 bits and then converted from its profile to sRGB, as an image of 8 bits is: for 16 bits
 * LittleCMS interpolates in a coarse table, which costs up to 12 levels in the shadows of a wide color space.
 */
export async function applyProfile(
  { data, width, height, channels }: Levels<Uint16Array>,
  profile: Uint8Array,
): Promise<Levels<Uint8Array>> {
  const rounded = Uint8Array.from(data, (level) => Math.round(level / 257))
  const raw = { width, height, channels: channels as 3 | 4 }
  const png = await sharp(rounded, { raw }).png({ compressionLevel: 0 }).toBuffer()
  const { data: converted, info } = await sharp(withProfile(png, profile), { limitInputPixels: false })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data: converted, width, height, channels: info.channels }
}

/** Signature and IHDR of a PNG, after which its profile comes. */
const beforeProfile = 33

function withProfile(png: Buffer, profile: Uint8Array): Buffer {
  const content = Buffer.concat([
    Buffer.from('iCCPembedded\0\0', 'latin1'),
    deflateSync(profile, { level: 1 }),
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length - 4)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(content))
  return Buffer.concat([png.subarray(0, beforeProfile), length, content, check, png.subarray(beforeProfile)])
}
