import { createRequire } from 'node:module'
import { join } from 'node:path'
import type * as onnxruntime from 'onnxruntime-node'
import { findCudaInstallation } from './location.ts'

/**
 * ONNX Runtime's Node binding. Loaded at the first use: whoever only asks what a network needs does without its 46 MB,
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

function load(): Runtime {
  const installation = findCudaInstallation()
  const base = installation ? join(installation.folder, 'package.json') : import.meta.url
  return createRequire(base)('onnxruntime-node') as Runtime
}
