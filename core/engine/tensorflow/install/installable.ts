import { join } from 'node:path'
import { factOf, type ErrorFact } from '../../../base/errors.ts'
import { folderBytes } from '../../../base/disk.ts'
import type { Installable, InstalledCopy } from '../../installable.ts'
import { installedCopies } from '../../install/copies.ts'
import { releases, variants } from '../release.ts'

/** TensorFlow as something to install. What it takes to do so is loaded only then. */
export const tensorflowInstallable: Installable = {
  name: 'tensorflow',
  title: 'TensorFlow',
  description: 'Faster training on CPUs, bf16 where the CPU has it, and NVIDIA GPUs.',
  variants: [
    { name: 'cpu', description: 'for CPUs', ...sizes('cpu') },
    {
      name: 'cuda',
      description:
        'for NVIDIA GPUs, with the CUDA 12 libraries (what it fetches is proven, on a GPU it is not yet)',
      ...sizes('cuda'),
    },
    {
      name: 'original',
      description: 'tfjs-node’s own installer instead: older, also for macOS and Windows',
      download: null,
      disk: null,
      anywhere: true,
    },
  ],
  state: async (home) => ({ copies: await copies(home), obstacle: await obstacle() }),
  async install({ home, variant, onProgress, onLine, signal }) {
    if (variant === 'original') {
      const { installOriginal } = await import('./original.ts')
      return installOriginal(onLine ?? (() => undefined), signal)
    }
    const { installTensorflow } = await import('./install.ts')
    const chosen = variants.find((name) => name === variant)!
    return installTensorflow({ home, variant: chosen, signal, ...(onProgress && { onProgress }) })
  },
  async remove(home) {
    const { removeTensorflow } = await import('./install.ts')
    return removeTensorflow(home)
  },
}

function sizes(variant: (typeof variants)[number]): { download: number; disk: number } {
  const { download, installed } = releases[variant]
  return { download, disk: installed }
}

async function obstacle(): Promise<ErrorFact | null> {
  const { checkPlatform, findTools, thisMachine } = await import('./tools.ts')
  try {
    const machine = thisMachine()
    checkPlatform(machine)
    await findTools(machine)
    return null
  } catch (error) {
    return factOf(error)
  }
}

/** Copies in the studio's folder, in the platform's, and what tfjs-node's own installer has left in node_modules. */
async function copies(home: string): Promise<readonly InstalledCopy[]> {
  const { findInstallation, findPackaged, readManifest } = await import('../location.ts')
  const used = findInstallation({ ...process.env, VGG_STUDIO_HOME: home })?.binding
  const found = await installedCopies(home, (folder, name) => {
    const manifest = name.startsWith('tensorflow-') ? readManifest(folder) : null
    if (!manifest) return null
    const { variant, version, binding } = manifest
    return { variant, version, used: join(folder, binding) === used }
  })
  const packaged = findPackaged()
  if (!packaged) return found
  const { binding, version, folder } = packaged
  const bytes = await folderBytes(folder)
  return [...found, { variant: 'original', version, folder, bytes, removable: false, used: binding === used }]
}
