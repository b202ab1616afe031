import { Menu, type MenuItemConstructorOptions } from 'electron'
import type { MenuCommand } from './shell.ts'
import { texts } from './texts.ts'

const { menu } = texts

interface MenuNeeds {
  /** Passes a command on to the window. */
  readonly send: (command: MenuCommand) => void
  /** An installed application has no developer tools, and nothing that reloads its page. */
  readonly packaged: boolean
  readonly isMac?: boolean
}

export function showMenu(needs: MenuNeeds): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(needs)))
}

export function menuTemplate({
  send,
  packaged,
  isMac = process.platform === 'darwin',
}: MenuNeeds): readonly MenuItemConstructorOptions[] & MenuItemConstructorOptions[] {
  const item = (label: string, command: MenuCommand, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    id: command,
    click: () => send(command),
    ...(accelerator !== undefined && { accelerator }),
  })
  const settings = item(menu.settings, 'settings', 'CmdOrCtrl+,')
  return [
    ...(isMac ? [applicationMenu(settings)] : []),
    {
      label: menu.file,
      submenu: [
        item(menu.newRun, 'new-run', 'CmdOrCtrl+N'),
        ...(isMac ? [] : [{ type: 'separator' as const }, settings]),
        { type: 'separator' },
        isMac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: menu.go,
      submenu: [
        item(menu.data, 'go-data', 'CmdOrCtrl+1'),
        item(menu.runs, 'go-runs', 'CmdOrCtrl+2'),
        item(menu.compare, 'go-compare', 'CmdOrCtrl+3'),
        item(menu.try, 'go-try', 'CmdOrCtrl+4'),
        { type: 'separator' },
        // The page listens to it as well, also in a browser: shown here only.
        { ...item(menu.search, 'search', 'CmdOrCtrl+K'), registerAccelerator: false },
      ],
    },
    viewMenu(packaged),
    { role: 'windowMenu' },
    {
      role: 'help',
      label: menu.help,
      submenu: [item(menu.shortcuts, 'shortcuts'), ...(isMac ? [] : [{ role: 'about' as const }])],
    },
  ]
}

function viewMenu(packaged: boolean): MenuItemConstructorOptions {
  return {
    role: 'viewMenu',
    submenu: [
      ...(packaged ? [] : ([{ role: 'reload' }, { role: 'toggleDevTools' }, { type: 'separator' }] as const)),
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { type: 'separator' },
      { role: 'togglefullscreen' },
    ],
  }
}

function applicationMenu(settings: MenuItemConstructorOptions): MenuItemConstructorOptions {
  return {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      { type: 'separator' },
      settings,
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      { role: 'quit' },
    ],
  }
}
