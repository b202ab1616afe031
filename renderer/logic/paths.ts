/**
 * The path of a folder in what a person typed, pasted or dropped: `/data/flowers`, `"C:\\flowers"`, `file:///data/a%20b`,
 * `~/flowers`. Of several lines the first; undefined where it is none.
 */
export function pathIn(text: string): string | undefined {
  const line = text.split(/\r?\n/).find((one) => one.trim() !== '' && !one.startsWith('#'))
  const plain = line?.trim().replace(/^(["'])(.*)\1$/, '$2')
  if (plain === undefined) return undefined
  if (/^file:\/\//i.test(plain)) return ofAddress(plain)
  return /^(\/|~|[a-z]:[\\/]|\\\\)/i.test(plain) ? plain : undefined
}

function ofAddress(address: string): string | undefined {
  try {
    const path = decodeURIComponent(new URL(address).pathname)
    // file:///C:/flowers
    return path.replace(/^\/(?=[a-z]:)/i, '')
  } catch {
    return undefined
  }
}
