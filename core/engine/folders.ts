import { join, resolve } from 'node:path'
import { dataFolder } from '../base/dataFolder.ts'

/** The folders in which engines may have been installed: that of VGG_STUDIO_HOME, then the platform's. */
export function engineFolders(environment: NodeJS.ProcessEnv = process.env): readonly string[] {
  const home = environment['VGG_STUDIO_HOME']
  const folders = [...(home ? [resolve(home)] : []), dataFolder()]
  return [...new Set(folders)].map(enginesOf)
}

/** @param home the studio's folder */
export function enginesOf(home: string): string {
  return join(home, 'engines')
}
