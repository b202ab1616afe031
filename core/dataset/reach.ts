import { realpath } from 'node:fs/promises'
import { isAbsolute, relative, sep } from 'node:path'

/**
 * What the paths that a file states (a CSV's rows) may lead to. Without one they may lead anywhere: the person at the
 * command line may read whatever they name, a window only what the person chose.
 */
export interface Reach {
  /** Absolute, links resolved. */
  readonly folders: readonly string[]
  /** Absolute paths of files that may be read besides: those of the version before. */
  readonly files?: ReadonlySet<string>
}

/**
 * Whether `path` (absolute) lies within reach, links resolved. What is not there is judged by its name alone, so that
 * the answer does not tell whether a file exists elsewhere.
 */
export async function reaches({ folders, files }: Reach, path: string): Promise<boolean> {
  if (files?.has(path)) return true
  const real = await realpath(path).catch(() => path)
  return folders.some((folder) => isInside(folder, real))
}

/** Whether `path` is `root` or lies in it; both absolute. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
