import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, go, test } from './application.ts'

/** What a page that was led astray, or is not ours, can't do: tried in the running program. */

test.beforeEach(({ application: { page } }) => go(page, '/data'))

const source = readFileSync(join(import.meta.dirname, 'attempts.js'), 'utf8')
const attempts = source.slice(source.indexOf('{'))

/** In the page. */
const attempt = <Result>(page: Page, name: string, argument: unknown = null): Promise<Result> =>
  page.evaluate<Result>(`(${attempts})[${JSON.stringify(name)}](${JSON.stringify(argument)})`)

test('the page has no require, no process, nothing of Electron but four functions', async ({
  application: { page },
}) => {
  const names = ['require', 'process', 'module', 'Buffer', 'global', 'ipcRenderer', '__dirname', 'electron']
  expect(await attempt(page, 'there', names)).toEqual([])
  expect(await page.evaluate('Object.keys(studio).sort()')).toEqual([
    'chooseFolder',
    'onCommand',
    'pathOfDrop',
    'reveal',
  ])
})

test('every renderer is in a sandbox: no preference and no page takes it out', async ({
  application: { electron },
}) => {
  const preferences = await electron.evaluate(({ BrowserWindow }) => {
    const { webContents } = BrowserWindow.getAllWindows()[0]!
    const contents = webContents as unknown as { getLastWebPreferences(): Electron.WebPreferences }
    const all = contents.getLastWebPreferences()
    const { sandbox, contextIsolation, nodeIntegration, webSecurity } = all
    const { nodeIntegrationInWorker, nodeIntegrationInSubFrames, webviewTag } = all
    const { allowRunningInsecureContent, experimentalFeatures, enableBlinkFeatures } = all
    const off = {
      ...{ nodeIntegrationInWorker, nodeIntegrationInSubFrames, webviewTag },
      ...{ allowRunningInsecureContent, experimentalFeatures, enableBlinkFeatures },
    }
    const on = Object.entries(off).flatMap(([name, value]) => (value ? name : []))
    return { sandbox, contextIsolation, nodeIntegration, webSecurity, on }
  })
  expect(preferences).toEqual({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    on: [],
  })
})

test('the page stays where it is: other sites, files, data, script addresses and redirects', async ({
  application: { page },
}) => {
  const before = page.url()
  for (const address of [
    'https://example.com/',
    'http://127.0.0.1:1/',
    'file:///etc/passwd',
    'data:text/html,<p>x',
    'app://elsewhere/',
    'javascript:document.title="taken"',
    'chrome://settings',
  ]) {
    for (const way of ['follow', 'assign']) await attempt(page, way, address).catch(() => undefined)
    await page.waitForTimeout(60)
    expect(page.url(), address).toBe(before)
  }
  expect(await page.title()).not.toBe('taken')
})

test('no window opens, by script, by target or by middle click', async ({
  application: { page, electron },
}) => {
  expect(await attempt(page, 'open')).toEqual([true, true, true])
  expect(await electron.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1)
})

test('no permission is granted', async ({ application: { page } }) => {
  expect(await attempt(page, 'permissions')).toEqual([])
})

test('nothing from elsewhere is loaded or run: files, sites, inline script, eval, markup from text', async ({
  application: { page },
}) => {
  expect(await attempt(page, 'content')).toEqual([])
})

test('a frame and a webview get nowhere', async ({ application: { page, electron } }) => {
  expect(await attempt(page, 'frames')).toEqual({ page: '', webview: false })
  expect(await electron.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1)
})

test('a frame inside a window, and pages at other addresses, are not heard', async ({
  application: { electron },
}) => {
  const said = await electron.evaluate(async ({ BrowserWindow, app }) => {
    const preload = `${app.getAppPath()}/dist/electron/preload.cjs`
    const webPreferences = { preload, nodeIntegrationInSubFrames: true }
    const other = new BrowserWindow({ show: false, webPreferences })
    const asking = 'studio.reveal({ dataset: "none" }).then(() => "heard", (error) => String(error))'
    const ask = async (address: string, inFrame = false) => {
      await other.loadURL(address).catch(() => undefined)
      const { mainFrame } = other.webContents
      return (await (inFrame ? mainFrame.frames[0]! : mainFrame).executeJavaScript(asking)) as string
    }
    const page = 'data:text/html,<p>x'
    const answers = {
      own: await ask('app://vgg-studio/data'),
      // No page frames ours: its policy says so.
      frame: await ask(`${page}<iframe src="${page}"></iframe>`, true),
      blank: await ask('about:blank'),
      data: await ask(page),
    }
    other.destroy()
    return answers
  })
  const refused = expect.stringContaining('Only the window of VGG Studio may ask')
  expect(said).toEqual({ own: 'heard', frame: refused, blank: refused, data: refused })
})

test('answers carry the policy, and permissions are off for the page itself', async ({
  application: { page },
}) => {
  const headers = await page.evaluate(async () => Object.fromEntries((await fetch('/')).headers))
  expect(headers['content-security-policy']).toContain("require-trusted-types-for 'script'")
  expect(headers['permissions-policy']).toContain('camera=()')
  const feature = await page.evaluate<boolean>('document.featurePolicy?.allowsFeature("camera") ?? false')
  expect(feature).toBe(false)
})

test('the application listens at no port: its server has a socket only its user can open', async ({
  application: { home, electron },
}) => {
  test.skip(process.platform !== 'linux', 'Reads /proc.')
  const file = join(home, 'server', 'server.json')
  await expect.poll(() => existsSync(file)).toBe(true)
  const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number }
  const main = electron.evaluate(() => process.pid)
  const inherited = socketsOf(await main)
  const own = new Set([...socketsOf(pid)].filter((inode) => !inherited.has(inode)))
  expect(own.size).toBeGreaterThan(0)
  expect(internetLines(pid, own)).toEqual([])
  // Playwright talks to Node’s inspector and to Chromium’s, at two ports of this machine.
  const listening = internetLines(pid, inherited).filter((line) => / 0A /.test(line))
  expect(listening.length).toBeLessThanOrEqual(2)
})

test('Chromium looks up no names, not even of this machine', async ({ application: { electron } }) => {
  const server = createServer((_, response) => response.end())
  await once(server.listen(0), 'listening')
  const { port } = server.address() as AddressInfo
  const answer = (host: string) =>
    electron.evaluate(
      ({ net }, url) =>
        new Promise<string>((resolve) => {
          const request = net.request(url)
          request.on('response', ({ statusCode }) => resolve(`${statusCode}`))
          request.on('error', ({ message }) => resolve(message))
          request.end()
        }),
      `http://${host}:${port}/`,
    )
  try {
    expect((await fetch(`http://localhost:${port}/`)).status).toBe(200)
    expect(await answer('localhost')).toBe('net::ERR_NAME_NOT_RESOLVED')
  } finally {
    server.close()
  }
})

/** Inodes of the sockets that a process holds. */
function socketsOf(pid: number): ReadonlySet<string> {
  const inodes = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
    } catch {
      return []
    }
  })
  return new Set(inodes)
}

/** Those of them that are of the internet, as the kernel lists them. */
function internetLines(pid: number, inodes: ReadonlySet<string>): readonly string[] {
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((kind) =>
    readFileSync(`/proc/${pid}/net/${kind}`, 'utf8')
      .split('\n')
      .slice(1)
      .filter((line) => inodes.has(line.trim().split(/\s+/)[9] ?? '')),
  )
}
