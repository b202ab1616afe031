import { StudioError } from '../../../base/errors.ts'
import { tfjsFolder } from '../location.ts'
import { execute } from './execute.ts'

/**
 * Runs tfjs-node's own installer, which fetches an older libtensorflow and a binding from its maker's storage into
 * node_modules: for the systems for which PyPI has nothing that we could build.
 */
export async function installOriginal(
  onLine: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<string> {
  const folder = tfjsFolder('@tensorflow/tfjs-node-gpu') ?? tfjsFolder('@tensorflow/tfjs-node')
  if (!folder) {
    throw new StudioError('missing-package', '@tensorflow/tfjs-node-gpu is not in node_modules.', {
      hint: 'Run `npm install --include=optional` first.',
    })
  }
  const kind = folder.endsWith('-gpu') ? 'gpu' : 'cpu'
  try {
    await execute(process.execPath, ['scripts/install.js', kind, 'download'], {
      folder,
      signal,
      onLine,
    })
  } catch (error) {
    throw new StudioError('install-failed', `tfjs-node's own installer failed. ${String(error)}`, {
      hint: 'It downloads from storage.googleapis.com. On Linux x64 `engines install tensorflow` does not.',
      cause: error,
    })
  }
  return folder
}
