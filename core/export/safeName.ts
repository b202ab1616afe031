/** Names that Windows keeps for devices, whatever their ending. */
const reserved = /^(con|prn|aux|nul|(com|lpt)[\d¹²³])(\.|$)/i

/** A name without what the name of a file can't hold on any system; never empty. */
export function safeName(name: string, instead = 'run'): string {
  const allowed = name
    .replaceAll(/[\\/:*?"<>|\p{Cc}]/gu, '-')
    .replace(/^\.+/, '-')
    .trim()
  const clean = shortened(allowed)
    // Windows drops both without a word.
    .replace(/[. ]+$/, '')
  if (clean === '') return instead
  return reserved.test(clean) ? `_${clean}` : clean
}

/** Whole characters that leave room for an ending in the 255 bytes that a name may have. */
function shortened(text: string): string {
  const characters = [...text].slice(0, 100)
  while (Buffer.byteLength(characters.join('')) > 200) characters.pop()
  return characters.join('')
}
