import { factOf, type ErrorFact } from '../../../base/errors.ts'
import { installedCopies } from '../../install/copies.ts'
import type { Installable, InstalledCopy } from '../../installable.ts'
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

async function obstacle(): Promise<ErrorFact | null> {
  const { checkMachine, thisCudaMachine } = await import('./install.ts')
  return checkMachine(await thisCudaMachine()).then(() => null, factOf)
}

async function copies(home: string): Promise<readonly InstalledCopy[]> {
  const { findCudaInstallation, readCudaManifest } = await import('../location.ts')
  const used = findCudaInstallation({ ...process.env, VGG_STUDIO_HOME: home })?.folder
  return installedCopies(home, (folder, name) => {
    const manifest = name.startsWith('onnxruntime-cuda-') ? readCudaManifest(folder) : null
    if (!manifest || name.endsWith('.tmp')) return null
    return { variant, version: manifest.version, used: folder === used }
  })
}
