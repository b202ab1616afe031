import sharp from 'sharp'
import { expect, test } from 'vitest'
import { decodeBytes } from '../../core/image/decode.ts'

/** All levels (to the right) in all transparencies (downward), 8-bit RGBA. */
async function levelsByAlpha(): Promise<Uint8Array> {
  const data = Buffer.alloc(256 * 256 * 4)
  for (let alpha = 0; alpha < 256; alpha++)
    for (let level = 0; level < 256; level++)
      data.set([level, level, level, alpha], (alpha * 256 + level) * 4)
  return sharp(data, { raw: { width: 256, height: 256, channels: 4 } })
    .png()
    .toBuffer()
}

test('transparent pixels lie over white, rounded and not cut: every level in every transparency', async () => {
  const { data } = await decodeBytes(await levelsByAlpha())
  let furthest = 0
  for (let alpha = 0; alpha < 256; alpha++)
    for (let level = 0; level < 256; level++) {
      const exact = (alpha * level + (255 - alpha) * 255) / 255
      furthest = Math.max(furthest, Math.abs(data[(alpha * 256 + level) * 3]! - exact))
    }
  expect(furthest).toBeLessThanOrEqual(0.5)
})

test('what libvips would cut to 177, 177, 178 is 177, 178, 178', async () => {
  const pixel = Buffer.from([100, 101, 102, 128])
  const png = await sharp(pixel, { raw: { width: 1, height: 1, channels: 4 } })
    .png()
    .toBuffer()
  expect([...(await decodeBytes(png)).data]).toEqual([177, 178, 178])
})
