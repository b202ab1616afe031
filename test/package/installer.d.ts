/** As far as test/package/debian.ts uses it. */
declare module 'electron-installer-debian' {
  export class Installer {
    constructor(options: object)
    readonly options: { readonly packagePaths: readonly string[] }
    readonly stagingDir: string
    generateDefaults(): Promise<unknown>
    generateOptions(): unknown
    createStagingDir(): Promise<unknown>
    createContents(): Promise<unknown>
    createPackage(): Promise<unknown>
    movePackage(): Promise<unknown>
  }
}
