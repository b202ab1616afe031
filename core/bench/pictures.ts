import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { messageOf, StudioError, throwIfAborted } from '../base/errors.ts'
import { encodeJpeg } from '../image/encode.ts'
import { paintPicture } from './picture.ts'

/** Part of the folder's name: raise it when other pictures are painted than before. */
const version = 1
const quality = 90

export interface PicturesWatch {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (done: number) => void
}

/**
 * `count` JPEG files of about 500×375 and 60–120 KB, always the same ones. They stay in `folder` (in one of their own)
 * for the next time; it may be deleted.
 *
 * @returns absolute paths
 */
export async function generatePictures(
  folder: string,
  count: number,
  { signal, onProgress }: PicturesWatch = {},
): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, index) => `${String(index).padStart(4, '0')}.jpg`)
  const place = resolve(folder, `pictures-${version}-${count}`)
  // It gets its name when all are there.
  if (!(await stat(place).catch(() => null))) {
    const unfinished = `${place}.${process.pid}.tmp`
    try {
      await mkdir(unfinished, { recursive: true })
      for (const [index, name] of names.entries()) {
        throwIfAborted(signal)
        await writeFile(join(unfinished, name), await encodeJpeg(paintPicture(index), quality))
        onProgress?.(index + 1)
      }
      await rename(unfinished, place)
    } finally {
      await rm(unfinished, { recursive: true, force: true })
    }
  }
  return names.map((name) => join(place, name))
}

/**
 * The first `count` JPEG files of a folder and those inside it, by name.
 * @returns absolute paths
 * @throws StudioError `no-images`
 */
export async function listPictures(folder: string, count: number): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    const values = { what: 'bench-folder', folder, detail: messageOf(error) } as const
    throw new StudioError('unreadable', values, { cause: error })
  })
  const pictures = names.filter((name) => /(^|[\\/])[^.\\/][^\\/]*\.jpe?g$/i.test(name)).sort()
  if (pictures.length === 0) {
    throw new StudioError('no-images', { what: 'pictures', folder })
  }
  return pictures.slice(0, count).map((name) => resolve(folder, name))
}
