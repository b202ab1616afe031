import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { reportOf, type ErrorReport } from '../../../base/errors.ts'
import { folderBytes } from '../../../base/folderBytes.ts'
import { engineFolders, enginesOf } from '../../folders.ts'
import type { Installable, InstalledCopy } from '../../installable.ts'
import { findCudaInstallation, readCudaManifest } from '../location.ts'
import { cudaRelease } from './release.ts'

const variant = 'cuda13'

/** ONNX Runtime's CUDA provider as something to install. What it takes to do so is loaded only then. */
export const cudaInstallable: Installable = {
  name: 'onnxruntime-cuda',
  title: 'CUDA for ONNX Runtime',
  description: 'NVIDIA GPUs for the engine that is there anyway, on Linux x64.',
  variants: [
    {
      name: variant,
      description: `its CUDA provider with the CUDA 13 libraries, for drivers from ${cudaRelease.driver} (what it fetches is proven up to the driver, on a GPU it is not yet)`,
      download: cudaRelease.download,
      disk: cudaRelease.installed,
    },
  ],
  state: async (home) => ({ copies: await copies(home), obstacle: await obstacle() }),
  async install({ home, onProgress, signal }) {
    const { installCuda } = await import('./install.ts')
    return installCuda({ home, onProgress, signal })
  },
  async remove(home) {
    const { removeCuda } = await import('./install.ts')
    return removeCuda(home)
  },
}

async function obstacle(): Promise<ErrorReport | null> {
  const { checkMachine, thisCudaMachine } = await import('./install.ts')
  return checkMachine(await thisCudaMachine()).then(() => null, reportOf)
}

async function copies(home: string): Promise<readonly InstalledCopy[]> {
  const used = findCudaInstallation({ ...process.env, VGG_STUDIO_HOME: home })?.folder
  const own = enginesOf(home)
  const found: InstalledCopy[] = []
  for (const engines of new Set([own, ...engineFolders()])) {
    for (const name of existsSync(engines) ? await readdir(engines) : []) {
      const folder = join(engines, name)
      const manifest = name.startsWith('onnxruntime-cuda-') ? readCudaManifest(folder) : null
      if (!manifest || name.endsWith('.tmp')) continue
      const { version } = manifest
      const bytes = await folderBytes(folder)
      found.push({ variant, version, folder, bytes, removable: engines === own, used: folder === used })
    }
  }
  return found
}
