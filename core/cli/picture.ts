import type { RgbImage } from '../image/types.ts'

/** The color of a 256-color terminal that is nearest: its 24 grays, or its 6×6×6 cube. Levels 0–255. */
export function nearestColor(red: number, green: number, blue: number): number {
  if (Math.max(red, green, blue) - Math.min(red, green, blue) < 12) {
    const gray = (red + green + blue) / 3
    return gray < 4 ? 16 : gray > 246 ? 231 : Math.min(255, 232 + Math.round((gray - 8) / 10))
  }
  const step = (level: number): number => Math.round((level / 255) * 5)
  return 16 + 36 * step(red) + 6 * step(green) + step(blue)
}

/** A picture as lines of text, two pixels above each other in a cell: `width` cells wide, half its height high. */
export function pictureLines({ width, height, data }: RgbImage): readonly string[] {
  const color = (x: number, y: number): number => {
    const at = 3 * (y * width + x)
    return nearestColor(data[at]!, data[at + 1]!, data[at + 2]!)
  }
  return Array.from({ length: height >> 1 }, (_, row) => {
    const cells = Array.from(
      { length: width },
      (_, x) => `\x1b[38;5;${color(x, 2 * row)};48;5;${color(x, 2 * row + 1)}m▀`,
    )
    return `${cells.join('')}\x1b[0m`
  })
}
