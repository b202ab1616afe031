import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { nearestColor, pictureLines } from '../../core/cli/picture.ts'

test('colors of a 256-color terminal are the nearest ones, and never another’s number', () => {
  expect(nearestColor(0, 0, 0)).toBe(16)
  expect(nearestColor(255, 255, 255)).toBe(231)
  expect(nearestColor(255, 0, 0)).toBe(196)
  expect(nearestColor(128, 128, 128)).toBe(244)
  for (let gray = 0; gray < 256; gray++) {
    expect(nearestColor(gray, gray, gray)).toBeGreaterThanOrEqual(16)
    expect(nearestColor(gray, gray, gray)).toBeLessThanOrEqual(255)
  }
})

test('a picture has a cell for two pixels above each other', () => {
  const data = Uint8Array.from([255, 0, 0, 0, 0, 0, 0, 255, 0, 255, 255, 255])
  const lines = pictureLines({ width: 2, height: 2, data })
  expect(lines.map(stripVTControlCharacters)).toEqual(['▀▀'])
  expect(lines[0]).toContain('38;5;196;48;5;46m')
})
