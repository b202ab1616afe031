import { afterAll, beforeAll, expect, it } from 'vitest'
import { identifyBytes } from '../../core/image/identify.ts'
import { animatedGif, picture, temporaryFolder, turned } from './samples.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(() => folder.discard())

it('reads the format from the content', async () => {
  const png = await picture().png().toBuffer()
  const webp = await picture().webp().toBuffer()
  expect(await identifyBytes(png)).toMatchObject({ format: 'png', bytes: png.length })
  expect(await identifyBytes(webp)).toMatchObject({ format: 'webp' })
})

it('gives the size as seen', async () => {
  expect(await identifyBytes(await turned(1))).toMatchObject({ width: 48, height: 32 })
  expect(await identifyBytes(await turned(6))).toMatchObject({ width: 48, height: 32 })
  expect(await identifyBytes(await turned(3))).toMatchObject({ width: 48, height: 32 })
})

it('tells color modes, transparency and depth apart', async () => {
  const facts = async (bytes: Promise<Buffer>): Promise<unknown[]> => {
    const { format, colorMode, alpha, bits } = await identifyBytes(await bytes)
    return [format, colorMode, alpha, bits]
  }
  expect(await facts(picture().jpeg().toBuffer())).toEqual(['jpeg', 'rgb', false, 8])
  expect(await facts(picture().toColourspace('b-w').jpeg().toBuffer())).toEqual([
    'jpeg',
    'grayscale',
    false,
    8,
  ])
  expect(await facts(picture().toColourspace('cmyk').jpeg().toBuffer())).toEqual(['jpeg', 'cmyk', false, 8])
  expect(await facts(picture().png({ palette: true }).toBuffer())).toEqual(['png', 'palette', false, 8])
  expect(await facts(picture().ensureAlpha(0.5).png().toBuffer())).toEqual(['png', 'rgb', true, 8])
  expect(await facts(picture().toColourspace('rgb16').png().toBuffer())).toEqual(['png', 'rgb', false, 16])
  expect(await facts(picture().toColourspace('grey16').png().toBuffer())).toEqual([
    'png',
    'grayscale',
    false,
    16,
  ])
  expect(await facts(picture().avif({ effort: 0 }).toBuffer())).toEqual(['avif', 'rgb', false, 8])
  expect((await facts(animatedGif())).slice(0, 2)).toEqual(['gif', 'palette'])
})
