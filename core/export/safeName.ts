/** Names that Windows keeps for devices, whatever their ending. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/** A name without what the name of a file can't hold on any system; never empty. */
export function safeName(name: string, instead = 'run'): string {
  const clean = name
    .replaceAll(/[\\/:*?"<>|\p{Cc}]/gu, '-')
    .replace(/^\.+/, '-')
    .trim()
    .slice(0, 100)
    // Windows drops both without a word.
    .replace(/[. ]+$/, '')
  if (clean === '') return instead
  return reserved.test(clean) ? `_${clean}` : clean
}
