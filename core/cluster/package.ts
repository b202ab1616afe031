import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const own = fileURLToPath(new URL('./python/vgg_studio_training/', import.meta.url))
/** Reads a picture with Pillow as evaluation does, or refuses it: the program that exports carry. */
const pictures = fileURLToPath(new URL('../export/loaders/classify.py', import.meta.url))

/** The Python package that trains, whole, in a folder: `vgg_studio_training`. */
export async function copyPackage(folder: string): Promise<void> {
  const to = join(folder, 'vgg_studio_training')
  await mkdir(folder, { recursive: true })
  await cp(own, to, { recursive: true, filter: (path) => !path.includes('__pycache__') })
  await cp(pictures, join(to, 'classify.py'))
}
