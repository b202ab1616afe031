/**
 * RGB bytes of pixels over white, rounded once.
 * @param levels 8- or 16-bit, by the array's type; gray (1 channel), gray and alpha (2), RGB (3), RGB and alpha (4)
 * @param opaque what comes after the color channels is no transparency, and left out
 */
export function flattenOnWhite(
  levels: Uint8Array | Uint16Array,
  channels: number,
  opaque = false,
): Uint8Array {
  if (channels === 3 && levels instanceof Uint8Array) return levels
  const most = levels instanceof Uint8Array ? 255 : 65535
  const colors = channels < 3 ? 1 : 3
  const hasAlpha = channels > colors && !opaque
  const count = levels.length / channels
  const data = new Uint8Array(count * 3)
  const scale = 255 / most
  for (let pixel = 0, from = 0, to = 0; pixel < count; pixel++, from += channels) {
    const alpha = hasAlpha ? levels[from + colors]! / most : 1
    for (let channel = 0; channel < 3; channel++) {
      const level = levels[from + (colors === 1 ? 0 : channel)]!
      data[to++] = Math.round(255 - alpha * (255 - level * scale))
    }
  }
  return data
}
