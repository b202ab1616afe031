import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { surroundings } from './application.ts'
import { linkTree, type Runtime } from './runtime.ts'

/**
 * An application with nothing but a window of our window's size, white and with one word in it: what a figure, a flash
 * or a socket of ours is compared with.
 * @param folder where it is made; does not exist yet
 * @returns what starts it
 */
export async function emptyApplication(
  runtime: Runtime,
  folder: string,
): Promise<readonly [string, ...string[]]> {
  const files = {
    'package.json': JSON.stringify({ name: 'empty', main: 'main.cjs' }),
    'main.cjs': `const { app, BrowserWindow } = require('electron')
      app.whenReady().then(() => {
        const window = new BrowserWindow({ width: 1280, height: 800, show: false })
        window.once('ready-to-show', () => window.show())
        window.loadFile('index.html')
      })`,
    'index.html': '<!doctype html><title>Empty</title><p>Empty',
  }
  const application = runtime.current ? folder : join(folder, 'resources', 'app')
  if (!runtime.current) await linkTree(runtime.folder, folder)
  mkdirSync(application, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(application, name), text)
  return runtime.current
    ? [runtime.program, folder, ...surroundings]
    : [join(folder, 'electron'), ...surroundings]
}
