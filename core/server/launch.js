// Starts a checkout's server. Plain JavaScript: its modules are kept compiled from the first one of TypeScript on, whose
// types Node needs a tenth of a second to strip otherwise.
import { checkoutFolder, keepCompiled } from '../base/compiled.js'

if (checkoutFolder !== null) keepCompiled(checkoutFolder)
await import('./main.ts')
