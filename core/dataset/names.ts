import type { Split } from './types.ts'

/** What operating systems, editors and archives leave behind beside images. */
const litter = new Set([
  'thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  'icon\r',
  '__macosx',
  '@eadir',
  '$recycle.bin',
  'system volume information',
  'lost+found',
])

/** Files and folders that no one means to be read: dot names and litter. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || litter.has(name.toLowerCase())
}

const splitNames: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
  testing: 'test',
}

/** The split that a folder or a CSV value names, whatever its case. */
export function splitNamed(name: string): Split | undefined {
  return splitNames[name.trim().toLowerCase()]
}

/** One class is one class, whether its name was typed on a Mac (é as two code points) or elsewhere. */
export function classNamed(name: string): string {
  return name.normalize('NFC')
}

/** Order by code points, the same on every machine. */
export function byCodePoints(a: string, b: string): number {
  let at = 0
  while (at < a.length && at < b.length && a[at] === b[at]) at++
  // Where only one unit of a surrogate pair differs, its whole pair decides.
  if (at > 0 && isLowSurrogate(a.charCodeAt(at)) && isLowSurrogate(b.charCodeAt(at))) at--
  return (a.codePointAt(at) ?? -1) - (b.codePointAt(at) ?? -1)
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
