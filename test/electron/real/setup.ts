import { buildFor } from './build.ts'
import { findRuntime } from './runtime.ts'

/** Before all tests: what they start is built; where there is no Electron they are skipped, and say why. */
export default async function setUp(): Promise<void> {
  const runtime = await findRuntime()
  if ('reason' in runtime) return
  console.log(`Electron ${runtime.version}`)
  await buildFor(runtime)
}
