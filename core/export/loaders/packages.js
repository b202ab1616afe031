import { registerHooks } from 'node:module'

/**
 * For a program of an export that runs here: packages that it names are found from this file, wherever it lies itself.
 * Not part of an export.
 */
registerHooks({
  resolve(specifier, context, next) {
    const isPackage = /^@?[a-z]/.test(specifier) && !/^[a-z]+:/.test(specifier)
    const isProgram = context.parentURL?.includes('/node_modules/') === false
    return next(specifier, isPackage && isProgram ? { ...context, parentURL: import.meta.url } : context)
  },
})
