import { join } from 'node:path'
import { Menu, nativeImage, Tray } from 'electron'
import { texts } from './texts.ts'

/** Where the application lives while it trains without a window. */
export interface TrayIcon {
  show(): void
  hide(): void
  update(fraction: number | null): void
}

export function trayIcon(
  icons: string,
  { onOpen, onQuit }: { onOpen: () => void; onQuit: () => void },
): TrayIcon {
  let tray: Tray | undefined
  return {
    show() {
      if (tray) return
      tray = new Tray(nativeImage.createFromPath(join(icons, 'tray.png')))
      tray.setToolTip(texts.tray.tooltip(null))
      const menu = [
        { label: texts.tray.open, click: onOpen },
        { label: texts.tray.quit, click: onQuit },
      ]
      tray.setContextMenu(Menu.buildFromTemplate(menu))
      tray.on('click', onOpen)
    },
    hide() {
      tray?.destroy()
      tray = undefined
    },
    update(fraction) {
      tray?.setToolTip(texts.tray.tooltip(fraction === null ? null : Math.round(100 * fraction)))
    },
  }
}
