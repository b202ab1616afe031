import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { resize } from '../../core/image/resize.ts'

interface Fixture {
  readonly width: number
  readonly height: number
  readonly pixels: string
  readonly resized: readonly { width: number; height: number; torch: string; pillow: string }[]
}
const file = new URL('../fixtures/images/resize.json', import.meta.url)
const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture
const bytes = (text: string): Buffer => Buffer.from(text, 'base64')
const floats = (text: string): Float32Array => new Float32Array(Uint8Array.from(bytes(text)).buffer)
const image = { width: fixture.width, height: fixture.height, data: bytes(fixture.pixels) }

describe('resize is linear and antialiased', () => {
  for (const { width, height, torch, pillow } of fixture.resized)
    it(`equals PyTorch and Pillow from 53 × 37 to ${width} × ${height}`, () => {
      const { data } = resize(image, width, height)
      const exact = floats(torch)
      const whole = bytes(pillow)
      expect(data.length).toBe(exact.length)
      data.forEach((level, index) => {
        expect(Math.abs(level - exact[index]!)).toBeLessThanOrEqual(0.501)
        expect(Math.abs(level - whole[index]!)).toBeLessThanOrEqual(1)
      })
    })
})

it('leaves an image of the wanted size as it is', () => {
  expect(resize(image, 53, 37)).toBe(image)
})

it('keeps a plain color plain', () => {
  const plain = { width: 31, height: 7, data: new Uint8Array(31 * 7 * 3).fill(255) }
  for (const [width, height] of [[3, 2] as const, [200, 90] as const, [31, 1] as const])
    expect(resize(plain, width, height).data.every((level) => level === 255)).toBe(true)
})

it('refuses sizes beyond the pixel limit', () => {
  expect(() => resize(image, 500_000, 512)).toThrow(/too large/)
})
