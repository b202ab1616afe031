/**
 * Paints resources/check: pictures that every export carries, each of which needs something that programs get wrong
 * (orientation, alpha, gray, a color profile, 16 bits, enlarging). `node test/reference/checkPictures.ts`
 */
import sharp, { type Sharp } from 'sharp'
import { random } from '../../core/base/random.ts'

const folder = 'resources/check'

/** Blobs of random colors with some texture. */
function painted(width: number, height: number, seed: number, channels: 3 | 4 = 3): Sharp {
  const source = random(19, seed)
  const cells = Uint8Array.from({ length: 9 * 7 * channels }, () => source.integer(256))
  return sharp(cells, { raw: { width: 9, height: 7, channels } }).resize(width, height, { fit: 'fill' })
}

await painted(320, 240, 1).jpeg({ quality: 90 }).toFile(`${folder}/plain.jpg`)
await painted(300, 200, 2).withMetadata({ orientation: 6 }).jpeg().toFile(`${folder}/turned.jpg`)
await painted(160, 120, 3, 4).png().toFile(`${folder}/transparent.png`)
await painted(140, 180, 4).toColourspace('b-w').png().toFile(`${folder}/gray.png`)
await painted(150, 110, 5).withIccProfile('p3').png().toFile(`${folder}/wide-gamut.png`)
await painted(90, 110, 6)
  .toColourspace('b-w')
  .raw({ depth: 'uchar' })
  .toBuffer({ resolveWithObject: true })
  .then(({ data, info }) => {
    const deep = Uint16Array.from(data, (level, index) => Math.min(65535, level * 257 + (index % 200)))
    const raw = { width: info.width, height: info.height, channels: 1 as const }
    return sharp(deep, { raw }).toColourspace('grey16').png().toFile(`${folder}/deep-gray.png`)
  })
await painted(40, 26, 7).png().toFile(`${folder}/small.png`)
