import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Picture } from '../api/pictures.ts'
import type { Helper } from '../helper/helper.ts'

/** Small pictures of image files; those of data sets are kept in the cache, by content. */
export interface Thumbnails {
  /** @param hash of the file's content. @throws StudioError with a code of `ImageProblem` */
  of(file: string, hash: string, side: number): Promise<Picture>
  /** What can be shown of a damaged file. */
  lenient(file: string, side: number): Promise<Picture>
}

/** Raise it when the same file and side give other pictures than before. */
const version = 2

export function openThumbnails(folder: string, helper: Helper): Thumbnails {
  const picture = (bytes: Uint8Array, tag: string | null): Picture => ({
    bytes: bytes as Uint8Array<ArrayBuffer>,
    type: 'image/webp',
    tag,
  })
  return {
    async of(file, hash, side) {
      const tag = `${createHash('sha256').update(`${version} ${hash}`).digest('hex').slice(0, 40)}-${side}`
      const kept = join(folder, tag.slice(0, 2), `${tag}.webp`)
      const found = await readFile(kept).catch(() => null)
      if (found) return picture(found, tag)
      return picture(
        await helper.run('thumbnail', { path: file, side, lenient: false, cachePath: kept }),
        tag,
      )
    },
    async lenient(file, side) {
      return picture(
        await helper.run('thumbnail', { path: file, side, lenient: true, cachePath: null }),
        null,
      )
    },
  }
}
