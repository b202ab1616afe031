import { join } from 'node:path'
import { FuseV1Options, FuseVersion, flipFuses, type FuseV1Config } from '@electron/fuses'

/** Electron's switches in its own program: Node's doors closed, archives only, and no powers for `file:`. */
export const fuses: Readonly<Record<keyof typeof FuseV1Options, boolean>> = {
  RunAsNode: false,
  EnableCookieEncryption: true,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  // Electron checks it on macOS and Windows only. Signing on Windows breaks it (electron-builder#9428): not signed yet.
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  LoadBrowserProcessSpecificV8Snapshot: false,
  GrantFileProtocolExtraPrivileges: false,
  // As Electron has it: V8 checks the bounds of WebAssembly's memory by the processor.
  WasmTrapHandlers: true,
}

/** What electron-builder tells its hooks, as far as this one reads it. */
export interface PackedApp {
  readonly appOutDir: string
  readonly electronPlatformName: string
  readonly packager: {
    readonly executableName?: string
    readonly appInfo: { readonly productFilename: string }
  }
}

/** electron-builder's hook before it signs; its own option does not know the newest fuse yet. */
export default async function afterPack(packed: PackedApp): Promise<void> {
  await setFuses(packed, fuses)
}

/** @throws Error where the program has a fuse that is not named: a newer Electron's is decided on, not overlooked */
export async function setFuses(packed: PackedApp, wanted: Partial<typeof fuses>): Promise<void> {
  const numbered = Object.entries(wanted).map(([name, on]) => [
    FuseV1Options[name as keyof typeof FuseV1Options],
    on,
  ])
  await flipFuses(programOf(packed), {
    version: FuseVersion.V1,
    strictlyRequireAllFuses: true,
    // Flipping ends the signature that Electron comes with, without which arm64 starts nothing.
    resetAdHocDarwinSignature: packed.electronPlatformName === 'darwin',
    ...Object.fromEntries(numbered),
  } as FuseV1Config)
}

function programOf({ appOutDir, electronPlatformName, packager }: PackedApp): string {
  const { productFilename } = packager.appInfo
  if (electronPlatformName === 'darwin') return join(appOutDir, `${productFilename}.app`)
  if (electronPlatformName === 'win32') return join(appOutDir, `${productFilename}.exe`)
  return join(appOutDir, packager.executableName ?? productFilename)
}
