import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import { join, parse } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp, { type Sharp } from 'sharp'
import { temporaryFolder } from '../server/support.ts'

const samples = fileURLToPath(new URL('../../resources/sample/clipart/', import.meta.url))
const classes = ['animals', 'flags', 'fruit']

/** How pictures come twice into a collection: saved anew, smaller, poorer, a little brighter. */
const changes: readonly ((image: Sharp) => Sharp)[] = [
  (image) => image.flatten({ background: '#fff' }).jpeg({ quality: 80 }),
  (image) => image.resize({ width: 90 }).png(),
  (image) => image.flatten({ background: '#fff' }).webp({ quality: 60 }),
  (image) => image.flatten({ background: '#fff' }).linear(0.95, 8).png(),
]

/**
 * Real pictures, of which some are in the test split several times: `flag.png`, `flag~1.jpg`, … Two flags of one country
 * were drawn by two people.
 */
export async function folderWithCopies(): Promise<string> {
  const folder = temporaryFolder()
  for (const name of classes) {
    const files = readdirSync(join(samples, name)).filter((file) => file.endsWith('.png'))
    const twins = files.filter((file) => file.startsWith('ukrain'))
    const others = files.filter((file) => !twins.includes(file))
    const parts = {
      train: others.slice(0, 18),
      val: others.slice(18, 24),
      test: [...others.slice(24, 42), ...twins],
    }
    for (const [split, some] of Object.entries(parts)) {
      mkdirSync(join(folder, split, name), { recursive: true })
      for (const file of some) cpSync(join(samples, name, file), join(folder, split, name, file))
    }
    for (const [index, file] of parts.test.slice(0, 6).entries())
      for (const [number, change] of changes.slice(0, 1 + (index % changes.length)).entries()) {
        const copy = change(sharp(join(samples, name, file)))
        const ending = ['jpg', 'png', 'webp', 'png'][number]!
        await copy.toFile(join(folder, 'test', name, `${parse(file).name}~${number + 1}.${ending}`))
      }
  }
  return folder
}

/** Which picture a path is a copy of. */
export const originalOf = (path: string): string =>
  path.replace(/(~\d)?\.\w+$/, '').replace(/ukrain.*/, 'ukraine')
