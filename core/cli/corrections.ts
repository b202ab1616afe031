import { existsSync, realpathSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { StudioError } from '../base/errors.ts'
import type { CorrectionChange } from '../dataset/types.ts'
import { resolveSource } from '../jobs/dataset/source.ts'

export interface CorrectionOptions {
  readonly leaveOut?: readonly string[]
  readonly mislabelled?: readonly string[]
  /** FILE=CLASS */
  readonly relabel?: readonly string[]
  readonly takeBack?: readonly string[]
}

/**
 * The corrections that the options ask for. Files are named as the report names them (relative to the data set's folder),
 * or from the working directory.
 *
 * @param source the folder or the CSV file
 * @throws StudioError `not-found`, InvalidArgumentError
 */
export async function correctionsOf(
  source: string,
  options: CorrectionOptions,
): Promise<readonly CorrectionChange[]> {
  const { root } = (await resolveSource(source)).location
  const { leaveOut = [], mislabelled = [], relabel = [], takeBack = [] } = options
  return [
    ...leaveOut.map((file) => ({ path: pathIn(root, file), action: 'leave-out' as const })),
    ...mislabelled.map((file) => ({ path: pathIn(root, file), action: 'mislabelled' as const })),
    ...relabel.map((text) => relabelling(root, text)),
    ...takeBack.map((file) => ({ path: pathIn(root, file, true), action: 'take-back' as const })),
  ]
}

function relabelling(root: string, text: string): CorrectionChange {
  const at = text.lastIndexOf('=')
  if (at < 1 || at === text.length - 1)
    throw new InvalidArgumentError(`--relabel takes FILE=CLASS, such as cat/7.jpg=dog, not “${text}”.`)
  return { path: pathIn(root, text.slice(0, at)), action: 'relabel', class: text.slice(at + 1) }
}

/** @param gone the file need not be there any more */
function pathIn(root: string, file: string, gone = false): string {
  const paths = [join(root, file), resolve(file)]
  const found = paths.find((path) => existsSync(path)) ?? (gone ? paths[0] : undefined)
  if (found === undefined) throw new StudioError('not-found', { what: 'file-in-source', file, root })
  const folder = existsSync(dirname(found)) ? realpathSync(dirname(found)) : dirname(found)
  return relative(root, join(folder, basename(found))).replaceAll(
    process.platform === 'win32' ? '\\' : '/',
    '/',
  )
}
