import { link } from '../../logic/route.ts'
import { shell } from '../../shell.ts'
import { go } from '../../state/router.svelte.ts'

/** The system's dialog where there is one, the server's list of folders in a browser. */
export async function openFolder(): Promise<void> {
  if (!shell) return go('/data?import=choose')
  const folder = await shell.chooseFolder()
  if (folder) go(link('/data', { import: folder.path }))
}
