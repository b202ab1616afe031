import { execute } from '../../../core/engine/install/execute.ts'

/** `node executing.ts FOLDER ARGUMENT…`: runs a shell in a folder, to be killed meanwhile. */
const [folder, ...args] = process.argv.slice(2)
await execute('sh', args, { folder: folder! })
