import { app, dialog } from 'electron'
import { changedFiles, loadHashes } from './hashes.ts'
import { texts } from './texts.ts'

/**
 * An installed application looks at what lies outside of its archive before it runs any of it. Programs of the same user
 * can replace it where that user has installed it, and Linux has no integrity of archives either: this tells of damage
 * and of crude changes, and is no wall against anyone who can write there.
 *
 * @param studio the folder of core, its packages and its Node
 * @returns whether all is as it was installed; the person has been told otherwise
 */
export async function checkInstallation(appPath: string, studio: string): Promise<boolean> {
  // Hashes of an installer that was made in this checkout are not the checkout's.
  const expected = app.isPackaged ? loadHashes(appPath) : null
  if (expected === null) return true
  const changed = await changedFiles(studio, expected)
  if (changed.length === 0) return true
  const { title, detail } = texts.changedInstallation
  dialog.showErrorBox(title, detail(changed))
  app.exit(1)
  return false
}
