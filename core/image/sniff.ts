import type { ImageFormat } from './types.ts'

/** What the first bytes say a file is. Names and extensions are not looked at. */
export type Content =
  | { readonly kind: 'image'; readonly format: ImageFormat }
  /** Known, and refused: `name` is what people call it. */
  | { readonly kind: 'refused'; readonly name: string }
  | { readonly kind: 'text' }
  | { readonly kind: 'unknown' }

/** How many bytes `sniff` wants at most. */
const sniffLength = 1024

/** Decides by the first bytes of a file (all of them, if it is shorter than `sniffLength`). */
export function sniff(bytes: Uint8Array): Content {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, sniffLength))
  const format = acceptedFormat(head)
  if (format !== undefined) return { kind: 'image', format }
  const refused = refusedFormat(head)
  if (refused !== undefined) return { kind: 'refused', name: refused }
  return isText(head) ? { kind: 'text' } : { kind: 'unknown' }
}

function acceptedFormat(head: Buffer): ImageFormat | undefined {
  if (starts(head, '\xff\xd8\xff')) return 'jpeg'
  if (starts(head, '\x89PNG\r\n\x1a\n')) return 'png'
  if (starts(head, 'GIF87a') || starts(head, 'GIF89a')) return 'gif'
  if (starts(head, 'RIFF') && starts(head, 'WEBP', 8)) return 'webp'
  if (starts(head, 'II*\0') || starts(head, 'MM\0*')) return starts(head, 'CR', 8) ? undefined : 'tiff'
  if (starts(head, 'II+\0') || starts(head, 'MM\0+')) return 'tiff'
  return brands(head).some((brand) => brand === 'avif' || brand === 'avis') ? 'avif' : undefined
}

/** An svg element or document type, after nothing but declarations and comments: web pages may hold one further down. */
const svgStart = /^\ufeff?\s*(?:<\?[\s\S]*?\?>\s*|<!--[\s\S]*?-->\s*)*<(?:svg[\s>]|!DOCTYPE\s+svg)/i

function refusedFormat(head: Buffer): string | undefined {
  if (starts(head, 'BM') && head.length > 14 && head.readUInt32LE(6) === 0) return 'BMP'
  if (svgStart.test(head.toString('utf8'))) return 'SVG'
  if (starts(head, '8BPS')) return 'Photoshop'
  if (starts(head, '#?RADIANCE') || starts(head, '#?RGBE')) return 'Radiance HDR'
  if (starts(head, 'v/1\x01')) return 'OpenEXR'
  if (starts(head, 'II\xbc\x01')) return 'JPEG XR'
  if (starts(head, '%PDF')) return 'PDF'
  if (starts(head, '\0\0\x01\0')) return 'ICO'
  if (starts(head, '\0\0\0\x0cjP  ') || starts(head, '\xffO\xffQ')) return 'JPEG 2000'
  if (starts(head, '\xff\n') || starts(head, '\0\0\0\x0cJXL ')) return 'JPEG XL'
  if (starts(head, 'II*\0') || starts(head, 'FUJIFILM')) return 'camera raw'
  if (/^P[1-6]\s/.test(head.toString('latin1', 0, 3))) return 'PNM'
  return brands(head).some((brand) => /^(hei|hev|mif1|msf1)/.test(brand)) ? 'HEIC' : undefined
}

/** Major and compatible brands of an ISO media file (HEIC, AVIF). */
function brands(head: Buffer): string[] {
  if (!starts(head, 'ftyp', 4)) return []
  const end = Math.min(head.length, head.readUInt32BE(0))
  const found = [head.toString('latin1', 8, 12)]
  for (let at = 16; at + 4 <= end; at += 4) found.push(head.toString('latin1', at, at + 4))
  return found
}

function starts(head: Buffer, magic: string, at = 0): boolean {
  return head.toString('latin1', at, at + magic.length) === magic
}

function isText(head: Buffer): boolean {
  return !head.some(
    (byte) => byte === 0x7f || (byte < 0x20 && !(byte >= 0x08 && byte <= 0x0d) && byte !== 0x1b),
  )
}
