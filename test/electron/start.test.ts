import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { remove, temporaryFolder } from '../server/support.ts'
import { isLinux, onlyLinux } from '../unless.ts'

const script = fileURLToPath(new URL('../../electron/start.ts', import.meta.url))

test.runIf(isLinux)(
  `where there can be no window, npm start says so in one line and serves the same to the browser${onlyLinux}`,
  async () => {
    const home = temporaryFolder()
    onTestFinished(() => remove(home))
    const env: NodeJS.ProcessEnv = { ...process.env, VGG_STUDIO_HOME: home }
    delete env['DISPLAY']
    delete env['WAYLAND_DISPLAY']
    const child = spawn(process.execPath, [script, '--port', '0', '--json'], { env })
    const output = { out: '', err: '' }
    child.stdout.on('data', (chunk: Buffer) => (output.out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output.err += chunk.toString()))
    while (!output.out.includes('\n') && child.exitCode === null) await delay(50)
    expect(output.err.trim().split('\n')[0]).toBe(
      'Electron can’t be used here (there is no display): serving to the browser.',
    )
    const { link, url } = JSON.parse(output.out) as { link: string; url: string }
    const entered = await fetch(link)
    const cookie = entered.headers.getSetCookie()[0]!.split(';')[0]!
    expect(await (await fetch(url, { headers: { cookie } })).text()).toContain('<div id="app">')
    child.kill('SIGINT')
    expect((await once(child, 'exit'))[0]).toBe(130)
  },
  // It may have to build the window first.
  180_000,
)
