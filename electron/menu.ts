import { Menu, type MenuItemConstructorOptions } from 'electron'
import type { MenuCommand } from './shell.ts'
import { texts } from './texts.ts'

const { menu } = texts

/** @param send passes a command on to the window */
export function showMenu(send: (command: MenuCommand) => void, isMac = process.platform === 'darwin'): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(send, isMac)))
}

export function menuTemplate(
  send: (command: MenuCommand) => void,
  isMac: boolean,
): readonly MenuItemConstructorOptions[] & MenuItemConstructorOptions[] {
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
    { role: 'viewMenu' },
    { role: 'windowMenu' },
    {
      role: 'help',
      label: menu.help,
      submenu: [item(menu.shortcuts, 'shortcuts'), ...(isMac ? [] : [{ role: 'about' as const }])],
    },
  ]
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
