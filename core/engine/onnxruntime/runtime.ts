import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import type * as onnxruntime from 'onnxruntime-node'
import { findCudaInstallation } from './location.ts'

/**
 * ONNX Runtime's Node binding. Loaded at the first use: asking what a network needs does without its 46 MB,
 * and the studio's folder, in which its CUDA libraries may lie, is known by then.
 */
export type Runtime = typeof onnxruntime

let loaded: Runtime | undefined

/**
 * The npm package, or where CUDA has been installed the copy of the package in the studio's folder (see location.ts):
 * the same bytes, but with the provider's libraries beside them.
 */
export function runtime(): Runtime {
  loaded ??= load()
  return loaded
}

/**
 * The only door to the library. Its builds report to their maker, and leave a device id and logs behind, unless this is
 * in the environment before it starts; what a person has set there counts. In a worker thread it would not reach the
 * library: the environment of those is a copy.
 */
function load(): Runtime {
  if (!isMainThread) throw new Error('ONNX Runtime is loaded by main threads alone.')
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1'
  const installation = findCudaInstallation()
  const base = installation ? join(installation.folder, 'package.json') : import.meta.url
  return createRequire(base)('onnxruntime-node') as Runtime
}

/** glibc's RTLD_NODELETE, which Node does not name: the library stays when Node closes it again. */
const staysLoaded = 0x1000

/**
 * Loads the libraries that the CUDA provider needs and would not find: it names no folder for them, and one that is in
 * the process already is taken. Node opens them as if they were its own modules, finds that they are not, and
 * complains; what matters is that they are loaded then. Where one can't be, the provider's own error says so.
 */
export function preloadCuda(): void {
  const installation = findCudaInstallation()
  if (!installation) return
  for (const file of installation.manifest.preload) {
    try {
      process.dlopen(
        { exports: {} },
        join(installation.folder, file),
        constants.dlopen.RTLD_LAZY | staysLoaded,
      )
    } catch {
      // Expected, see above.
    }
  }
}
