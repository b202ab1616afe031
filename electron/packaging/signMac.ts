import { signAsync, type SignOptions } from '@electron/osx-sign'
import { join, sep } from 'node:path'

/** Node compiles WebAssembly, and loads native modules that others have signed (libvips, ONNX Runtime, SQLite). */
const forNode = 'resources/entitlements/node.plist'

/** @returns whether that file of a bundle belongs to the bundled Node, or is loaded by it */
export const isNodes = (file: string): boolean => file.includes(`${sep}Resources${sep}studio${sep}`)

/** electron-builder's signing, but that only the bundled Node gets what only it needs. */
export default async function signMac(options: SignOptions): Promise<void> {
  const usual = options.optionsForFile
  await signAsync({
    ...options,
    optionsForFile: (file) => ({
      ...usual?.(file),
      ...(isNodes(file) && { entitlements: join(import.meta.dirname, '../..', forNode) }),
    }),
  })
}
