import { go } from './state/router.svelte.ts'
import { pathIn } from './logic/paths.ts'
import { link } from './logic/route.ts'
import type { StudioShell } from '../electron/shell.ts'

/** What Electron adds; undefined in a browser. */
export const shell = (globalThis as { studio?: StudioShell }).studio

/** A path that was dropped as text: a browser says no path of a folder itself. */
export const pathOf = (dropped: DataTransfer | null): string | undefined =>
  pathIn(dropped?.getData('text/uri-list') || dropped?.getData('text/plain') || '')

/** Images are for the view that wants them; a folder, or the path of one, dropped anywhere begins its import. */
export async function openDropped(event: DragEvent): Promise<void> {
  if (event.defaultPrevented) return
  event.preventDefault()
  const path = pathOf(event.dataTransfer)
  if (path !== undefined) return go(link('/data', { import: path }))
  const item = event.dataTransfer?.items[0]
  if (!item?.webkitGetAsEntry()?.isDirectory) return
  const file = item.getAsFile()
  const folder = file && shell ? await shell.pathOfDrop(file) : null
  go(link('/data', { import: folder?.path ?? 'choose', dropped: folder ? undefined : 1 }))
}
