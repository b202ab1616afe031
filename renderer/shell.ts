import { go } from './state/router.svelte.ts'
import { link } from './logic/route.ts'
import type { StudioShell } from '../electron/shell.ts'

/** What Electron adds; undefined in a browser. */
export const shell = (globalThis as { studio?: StudioShell }).studio

/** Images are for the view that wants them; a folder dropped anywhere begins its import. */
export async function openDropped(event: DragEvent): Promise<void> {
  if (event.defaultPrevented) return
  event.preventDefault()
  const item = event.dataTransfer?.items[0]
  if (!item?.webkitGetAsEntry()?.isDirectory) return
  const file = item.getAsFile()
  const folder = file && shell ? await shell.pathOfDrop(file) : null
  go(link('/data', { import: folder?.path ?? 'choose', dropped: folder ? undefined : 1 }))
}
