const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  return value
})

/** CRC-32C (Castagnoli) as TensorFlow and LevelDB store it, masked, so that sums of sums differ. */
export function maskedCrc32c(...parts: readonly Uint8Array[]): number {
  let value = 0xffffffff
  for (const part of parts)
    for (let index = 0; index < part.length; index++)
      value = table[(value ^ part[index]!) & 0xff]! ^ (value >>> 8)
  const crc = ~value >>> 0
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
