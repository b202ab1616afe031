import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { engineFolders } from '../folders.ts'
import { parseManifest, type Manifest } from './manifest.ts'
import { installationName, variants } from './release.ts'

/** A libtensorflow with the binding of tfjs-node, ready to be loaded. */
export interface Installation {
  /** Path of tfjs_binding.node. */
  readonly binding: string
  readonly version: string
  readonly cuda: boolean
  /** Ours, or that of tfjs-node's own installer. */
  readonly source: 'studio' | 'tfjs-node'
}

/**
 * The installation that is used: ours first, since it is newer and faster; then one of tfjs-node's own. Where
 * VGG_STUDIO_TENSORFLOW names the folder of an installation, that one and no other.
 */
export function findInstallation(environment: NodeJS.ProcessEnv = process.env): Installation | null {
  const given = environment['VGG_STUDIO_TENSORFLOW']
  const folders = given
    ? [given]
    : engineFolders(environment).flatMap((folder) =>
        variants.map((variant) => join(folder, installationName(variant))),
      )
  for (const folder of folders) {
    const manifest = readManifest(folder)
    if (!manifest) continue
    const { binding, version, variant } = manifest
    return { binding: join(folder, binding), version, cuda: variant === 'cuda', source: 'studio' }
  }
  return given ? null : findPackaged()
}

/** The manifest of a complete installation; null where there is none. */
export function readManifest(folder: string): Manifest | null {
  try {
    const manifest = parseManifest(readFileSync(join(folder, 'manifest.json'), 'utf8'))
    return manifest.files.every((file) => existsSync(join(folder, file))) ? manifest : null
  } catch {
    return null
  }
}

/** Folder of the npm package whose C++ sources we compile, and whose own installer may have been run. */
export function tfjsFolder(name: '@tensorflow/tfjs-node-gpu' | '@tensorflow/tfjs-node'): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
  } catch {
    return null
  }
}

/** What tfjs-node's own installer has left in node_modules, with the folder of its package. */
export function findPackaged(): (Installation & { readonly folder: string }) | null {
  for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const) {
    const folder = tfjsFolder(name)
    if (!folder) continue
    for (let api = 8; api >= 3; api--) {
      const binding = join(folder, 'lib', `napi-v${api}`, 'tfjs_binding.node')
      if (!existsSync(binding)) continue
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        version: string
      }
      const cuda = name.endsWith('-gpu')
      return { binding, version: `tfjs-node ${version}`, cuda, source: 'tfjs-node', folder }
    }
  }
  return null
}
