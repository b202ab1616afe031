import { messageOf, StudioError } from '../../../base/errors.ts'
import type { InstalledEngine } from '../../installable.ts'
import { findPackaged, tfjsFolder } from '../location.ts'
import { execute } from '../../install/execute.ts'

/**
 * Runs tfjs-node's own installer, which fetches an older libtensorflow and a binding from its maker's storage into
 * node_modules: for the systems for which PyPI has nothing that we could build.
 */
export async function installOriginal(
  onLine: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<InstalledEngine> {
  const before = findPackaged()
  if (before) return { version: before.version, folder: before.folder, installed: false }
  const folder = tfjsFolder('@tensorflow/tfjs-node-gpu') ?? tfjsFolder('@tensorflow/tfjs-node')
  if (!folder) {
    throw new StudioError('missing-package', {})
  }
  const kind = folder.endsWith('-gpu') ? 'gpu' : 'cpu'
  try {
    await execute(process.execPath, ['scripts/install.js', kind, 'download'], {
      folder,
      signal,
      onLine,
    })
  } catch (error) {
    if (error instanceof StudioError && error.code === 'canceled') throw error
    throw new StudioError('install-failed', { what: 'installer', detail: lastError(error) }, { cause: error })
  }
  const { version } = findPackaged() ?? nothingThere(folder)
  return { version, folder, installed: true }
}

/** The line of a failed program's output that says why. */
function lastError(error: unknown): string {
  const lines = messageOf(error).split('\n')
  return (lines.findLast((line) => /^\w*Error: /.test(line)) ?? lines.at(-1)!).trim()
}

function nothingThere(folder: string): never {
  throw new StudioError('install-failed', { what: 'no-binding', folder })
}
