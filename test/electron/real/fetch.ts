import { findRuntime } from './runtime.ts'

/** node test/electron/real/fetch.ts: gets the Electron that `npm run test:electron` starts, and says where it is. */
const found = await findRuntime()
if ('reason' in found) {
  console.error(`There is no Electron for tests here: ${found.reason}.`)
  process.exitCode = 1
} else console.log(`Electron ${found.version}: ${found.folder}`)
