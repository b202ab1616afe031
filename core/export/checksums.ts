import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/**
 * Text that `sha256sum -c` checks files against: SHA-256 and name, a line each.
 * @param names relative to the folder, `/` between folders
 */
export async function checksums(folder: string, names: readonly string[]): Promise<string> {
  const lines = await Promise.all(names.map(async (name) => `${await sha256(join(folder, name))}  ${name}\n`))
  return lines.join('')
}

/** Names in such a text whose files are gone or are not what they were. */
export async function changedFiles(folder: string): Promise<readonly string[]> {
  const text = await readFile(join(folder, 'SHA256SUMS'), 'utf8')
  const entries = Array.from(text.matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm), ([, sum, name]) => ({
    sum,
    name: name!,
  }))
  const found = await Promise.all(
    entries.map(async ({ sum, name }) => (await sha256(join(folder, name)).catch(() => null)) === sum),
  )
  return entries.filter((_, index) => !found[index]).map(({ name }) => name)
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
