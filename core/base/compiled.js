// Plain JavaScript: it comes before the first module of TypeScript, which without it takes half of a command's time, and
// old Nodes read it, too (core/cli/vgg-studio.js).
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

/** In a checkout TypeScript; in an installation it has been compiled, since Node strips no types there. */
export const extension = existsSync(new URL('./errors.ts', import.meta.url)) ? 'ts' : 'js'

/**
 * Where a checkout keeps its compiled modules: beside its dependencies, for every home. Null in an installation, which
 * may not be written to: each home has its own there.
 */
export const checkoutFolder =
  extension === 'ts' ? fileURLToPath(new URL('../../node_modules/.cache/vgg-studio', import.meta.url)) : null

/**
 * Keeps modules in a folder as V8 has compiled them, for the next start of this process and of those that it starts:
 * stripping types and compiling takes more than half of a start. Modules that are loaded already are not kept, so that
 * it comes first. In a folder that can't be written to, nothing is kept; and where modules are kept already, all stays.
 * @param {string} folder
 * @returns {void}
 */
export function keepCompiled(folder) {
  if (!module.enableCompileCache) return
  const { ENABLED } = module.constants.compileCacheStatus
  if (module.enableCompileCache(folder).status === ENABLED) process.env.NODE_COMPILE_CACHE = folder
}
