import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { engineFolders } from '../folders.ts'

/**
 * Where ONNX Runtime looks for its CUDA provider: in the folder of the libonnxruntime.so that the process has loaded
 * (`dladdr` of one of its own functions), and nowhere else; no setting and no variable of the environment changes
 * that. The binding in turn finds libonnxruntime.so beside itself (RUNPATH `$ORIGIN/`), and the package its binding
 * by a fixed path. Beside npm's files nothing is to be written, so an installation is a copy of the package, as small
 * as it goes, in a folder with a `node_modules` of its own, and the provider's libraries lie beside its binding.
 */
export interface CudaInstallation {
  readonly folder: string
  readonly manifest: CudaManifest
}

/** Written last: without it the folder is not an installation. */
const schema = z.object({
  format: z.literal('vgg-studio-onnxruntime-cuda'),
  /** Version of onnxruntime-node. */
  version: z.string(),
  /** Paths in the folder: everything that has to be there. */
  files: z.array(z.string()).min(1),
  /** Libraries to load before the provider, in order. */
  preload: z.array(z.string()),
})
export type CudaManifest = Readonly<z.infer<typeof schema>>

/** Folder of an npm package that is there in any case. */
export function packageFolder(name: 'onnxruntime-node' | 'onnxruntime-common'): string {
  const requireHere = createRequire(import.meta.url)
  if (name === 'onnxruntime-node') return dirname(requireHere.resolve(`${name}/package.json`))
  // It lets nobody at its package.json.
  let folder = createRequire(join(packageFolder('onnxruntime-node'), 'package.json')).resolve(name)
  while (basename(folder) !== name) folder = dirname(folder)
  return folder
}

/** ONNX Runtime's version, from its package: loading it is not needed for that. */
export const ortVersion: string = (
  JSON.parse(readFileSync(join(packageFolder('onnxruntime-node'), 'package.json'), 'utf8')) as {
    version: string
  }
).version

/** Where the package keeps its native files, on this system. */
export const nativeFolder = `bin/napi-v6/${process.platform}/${process.arch}`

/** Name of an installation's folder: another version is another folder. */
export function cudaFolderName(version: string = ortVersion): string {
  return `onnxruntime-cuda-${version}`
}

/**
 * The installation that fits the package's version. Where VGG_STUDIO_ONNXRUNTIME names the folder of one, that one and
 * no other.
 */
export function findCudaInstallation(environment: NodeJS.ProcessEnv = process.env): CudaInstallation | null {
  const given = environment['VGG_STUDIO_ONNXRUNTIME']
  const folders = given ? [given] : engineFolders(environment).map((folder) => join(folder, cudaFolderName()))
  for (const folder of folders) {
    const manifest = readCudaManifest(folder)
    if (manifest?.version === ortVersion) return { folder, manifest }
  }
  return null
}

/** The manifest of a complete installation; null where there is none. */
export function readCudaManifest(folder: string): CudaManifest | null {
  try {
    const manifest = schema.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')))
    return manifest.files.every((file) => existsSync(join(folder, file))) ? manifest : null
  } catch {
    return null
  }
}

/** Whether the CUDA provider has its libraries: from us, or from the package's own installer. */
export function hasCudaLibraries(environment: NodeJS.ProcessEnv = process.env): boolean {
  if (findCudaInstallation(environment)) return true
  const packaged = join(packageFolder('onnxruntime-node'), nativeFolder, 'libonnxruntime_providers_cuda.so')
  return existsSync(packaged)
}
