/**
 * Makes what test/reference/nearDuplicates.py reads: answers of two small networks about pictures of which some are in the
 * test split several times, by import, training and evaluation.
 *
 *     npx node test/reference/nearDuplicates.ts answers.json && python test/reference/nearDuplicates.py answers.json
 */
import { writeFileSync } from 'node:fs'
import { openContext } from '../../core/jobs/context/context.ts'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { folderWithCopies, originalOf } from '../jobs/copies.ts'
import { remove, temporaryFolder, tinyRecipe } from '../server/support.ts'

const folder = await folderWithCopies()
const context = openContext({ home: temporaryFolder() })
const recipe = (epochs: number) => ({
  ...tinyRecipe,
  network: { ...tinyRecipe.network, dropout: 0 },
  optimization: { ...tinyRecipe.optimization, epochs, learningRate: 0.01, schedule: 'cosine' },
})
await trainRun(context, { dataset: folder, recipe: recipe(8) })
await trainRun(context, { dataset: 'd1', recipe: recipe(40) })
for (const run of ['r1', 'r2']) await evaluateRun(context, { run })
const { images } = context.registry.datasets.manifest('d1')
const rows = ['e1', 'e2'].map((id) => context.registry.evaluations.predictions(id))
const answers = rows[0]!.map(({ item, label, top }, index) => {
  const path = images[item]!.path
  const [first, second] = [top[0]!.label === label, rows[1]![index]!.top[0]!.label === label]
  return { path, original: originalOf(path), first, second }
})
writeFileSync(process.argv[2]!, JSON.stringify(answers))
remove(folder, context.home.folder)
context.registry.close()
