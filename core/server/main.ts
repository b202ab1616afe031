import { parseArgs } from 'node:util'
import { checkoutFolder, keepCompiled } from '../base/compiled.js'
import { reportOf, type ErrorReport } from '../base/errors.ts'
import { english } from '../messages/en/index.ts'
import { resolveHome } from '../jobs/context/home.ts'
import type { Discovery } from './discovery.ts'

/**
 * The server as a process of its own, for Electron: started with an IPC channel, over which it says where it listens.
 * When the channel closes, its parent is gone: jobs save and stop, and it ends.
 */
export type ServerMessage =
  | { readonly type: 'ready'; readonly discovery: Discovery; readonly own: boolean }
  | { readonly type: 'failed'; readonly error: ErrorReport }

const { values } = parseArgs({ options: { home: { type: 'string' }, renderer: { type: 'string' } } })

function tell(message: ServerMessage): void {
  if (process.connected) process.send!(message, () => undefined)
}

const home = resolveHome(values.home)
keepCompiled(checkoutFolder ?? home.compiled)

try {
  const { findLiveServer } = await import('./discovery.ts')
  // An application joins the server that “vgg-studio serve” has started in the same home folder.
  const other = await findLiveServer(home)
  if (other) tell({ type: 'ready', discovery: other, own: false })
  else {
    const { startServer } = await import('./start.ts')
    const server = await startServer({ ...values, onError: (error) => console.error(error) })
    const end = (): void => void server.close().finally(() => process.exit())
    process.on('disconnect', end)
    process.on('SIGTERM', end)
    process.on('SIGINT', () => undefined)
    // Its parent went while it was starting: nothing would end it any more.
    if (process.connected === false) end()
    tell({ type: 'ready', discovery: server.discovery, own: true })
  }
} catch (error) {
  tell({ type: 'failed', error: reportOf(error, english) })
  process.exitCode = 1
}
