/**
 * `npx node test/slow/killedParents.ts [KILLS]`: kills the process that started a training at random moments (100 by
 * default), and says what was lost of epochs and of the step curve. Nothing is; where something were, it ends with 1.
 */
import { isDeepStrictEqual } from 'node:util'
import { openContext } from '../../core/jobs/context/context.ts'
import { importDataset } from '../../core/jobs/import.ts'
import { killParent, whatIsKept } from '../jobs/killedParent.ts'
import { remove, smallFolder, temporaryFolder, tinyRecipe } from '../server/support.ts'

const kills = Number(process.argv[2] ?? 100)
const source = smallFolder()
const context = openContext({ home: temporaryFolder() })
await importDataset(context, { source })
const recipe = { ...tinyRecipe, optimization: { ...tinyRecipe.optimization, epochs: 100_000 } }
let lost = 0
for (let kill = 0; kill < kills; kill++) {
  const job =
    kill === 0
      ? { kind: 'train', input: { dataset: 'd1', recipe } }
      : { kind: 'resume', input: { run: 'r1' } }
  await killParent(context, job as Parameters<typeof killParent>[1], Math.random() * 1500)
  const { epochs, missing, step } = await whatIsKept(context, 'r1')
  const whole = isDeepStrictEqual(epochs[0], epochs[1]) && missing.length === 0
  if (!whole) lost++
  console.log(
    `kill ${kill + 1}: update ${step}, ${epochs[0].length} epochs, ${whole ? 'nothing lost' : `lost updates ${missing.join(', ')}`}`,
  )
}
context.registry.close()
remove(source, context.home.folder)
console.log(`${kills} kills, ${lost} with a loss`)
process.exitCode = lost === 0 ? 0 : 1
