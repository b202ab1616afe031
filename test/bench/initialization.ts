import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { EngineName } from '../../core/engine/types.ts'
import { classCount, studyData } from './initialization/data.ts'
import { tables, type Result } from './initialization/table.ts'
import { keyOf, pytorch, recipeOf, tasksOf, usualKinds } from './initialization/tasks.ts'
import { openTrainer, trainPeer } from './initialization/trainer.ts'

/**
 * Which initial weights, and which settings of the small presets, reach the highest top-1 on held-out images, and whether
 * PyTorch reaches the same by the same recipe. A benchmark, not a test, and a long one:
 *
 *     npx node test/bench/initialization.ts --out results.jsonl [--parts presets,peer,peer-32,defaults] [--seeds 0,1,2,3,4]
 *       [--epochs 10] [--images 260] [--presets quick-look,small-images,demo]
 *       [--kinds torchvision,he,he-small-last,glorot] [--variants 'as it is,network.dropout=0'] [--minutes 600]
 *       [--threads 2] [--engine tensorflow] [--python PYTHON]
 *
 * Each training is a line in the file; what is in it already is not done again: a study can be cut short and continued
 * with, and other parts can train beside it. `--epochs` and `--images` are the most that any training gets. The images lie beside the
 * results, in results.jsonl.files. `--table results.jsonl` prints what they say. `peer` needs a Python with torch,
 * torchvision and Pillow, clipart8 Debian's openclipart-png.
 */
const { values } = parseArgs({
  options: {
    ...{ out: { type: 'string' }, table: { type: 'string' } },
    parts: { type: 'string', default: 'presets,peer,peer-32,defaults' },
    presets: { type: 'string', default: 'quick-look,small-images,demo' },
    kinds: { type: 'string', default: usualKinds.join(',') },
    variants: { type: 'string' },
    epochs: { type: 'string', default: '1000' },
    images: { type: 'string', default: '1200' },
    seeds: { type: 'string', default: '0,1,2,3,4' },
    minutes: { type: 'string', default: '600' },
    threads: { type: 'string', default: '2' },
    engine: { type: 'string', default: 'tensorflow' },
    python: { type: 'string', default: 'python3' },
  },
})

if (values.table) console.log(tables(readResults(values.table)))
else if (values.out) await study(values.out)
else {
  console.error('Give --out FILE to train, or --table FILE to print.')
  process.exitCode = 2
}

async function study(out: string): Promise<void> {
  const end = performance.now() + Number(values.minutes) * 60_000
  const done = new Set(readResults(out).map(keyOf))
  const folder = `${out}.files`
  mkdirSync(folder, { recursive: true })
  const threads = Number(values.threads)
  const trainer = openTrainer(folder, values.engine as EngineName, threads)
  const tasks = tasksOf({
    parts: values.parts.split(','),
    presets: values.presets.split(','),
    kinds: values.kinds.split(','),
    variants: values.variants?.split(','),
    seeds: values.seeds.split(',').map(Number),
  })
  try {
    for (const task of tasks.filter((each) => !done.has(keyOf(each)))) {
      if (performance.now() > end) break
      const source = await studyData(folder, task.data, Number(values.images))
      const recipe = await recipeOf(task, Number(values.epochs))
      const [began, busy] = [performance.now(), process.cpuUsage()]
      const found = await (task.variant === pytorch
        ? trainPeer(values.python, source, recipe, threads)
        : trainer.train(source, recipe))
      const { user, system } = process.cpuUsage(busy)
      const result: Result = {
        ...{ ...task, ...found, classes: classCount(task.data), threads },
        epochs: recipe.optimization.epochs,
        images: Number(values.images),
        seconds: (performance.now() - began) / 1000,
        processorSeconds: task.variant === pytorch ? null : (user + system) / 1e6,
      }
      appendFileSync(out, `${JSON.stringify(result)}\n`)
      const { top1, firstLoss } = found
      console.error(`${keyOf(task)}: top-1 ${top1.toFixed(3)}, first loss ${firstLoss.toFixed(3)}`)
    }
  } finally {
    await trainer.close()
  }
}

function readResults(path: string): Result[] {
  if (!existsSync(path)) return []
  const written = readFileSync(path, 'utf8').split('\n')
  return written.filter((line) => line !== '').map((line) => JSON.parse(line) as Result)
}
