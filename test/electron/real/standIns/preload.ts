/** Puts what Electron 22 lacks into its place, then runs the preload script as it is. */
import './fileOf.ts'
import '../../../../electron/preload.ts'
