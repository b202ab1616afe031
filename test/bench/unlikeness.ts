import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { classAreas } from '../../core/evaluation/statistics/curves.ts'
import { openContext, type JobContext } from '../../core/jobs/context/context.ts'
import { openPredictor } from '../../core/jobs/tasks/predictor.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { findPreset } from '../../core/training/presets.ts'
import { mergeRecipes } from '../../core/training/settings.ts'
import { studyData } from './initialization/data.ts'

/**
 * How well a network tells images of another kind from images like those it was trained on: by how unlike the training
 * images they are in its features, and by its greatest probability. `npx node test/bench/unlikeness.ts [--epochs 10]
 * [--seeds 0,1,2]`
 *
 * Trained on the sample of clothes (Fashion-MNIST, preset small-images) it is asked about 8 folders of Debian's
 * openclipart-png, trained on these (preset quick-look) about clothes. `auroc` is the area under the ROC curve, 0.5 by chance;
 * `flagged` the share that is said to be unlike. One JSON object a line; `first` is what the features of the reference took,
 * `seconds` an answer once they are there, each a median over 20 images.
 */
const { values } = parseArgs({
  options: { epochs: { type: 'string', default: '10' }, seeds: { type: 'string', default: '0,1,2' } },
})

type Line = readonly [path: string, label: string, split: string]

async function linesOf(folder: string, name: 'clipart8' | 'clothes'): Promise<readonly Line[]> {
  const file = await studyData(folder, name, name === 'clothes' ? 1200 : 525)
  const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1)
  let held = 0
  return rows.map((row): Line => {
    const [path, label, split] = /^"(.*)",(.*),(.*)$/.exec(row)!.slice(1) as [string, string, string]
    // Every fourth image that was held out is validated on; the others are asked about.
    return [path, label, split === 'train' ? split : held++ % 4 === 0 ? 'validation' : 'test']
  })
}

async function asked(context: JobContext, run: string, own: readonly string[], others: readonly string[]) {
  const predictor = openPredictor(context)
  const began = performance.now()
  let progress = await predictor.learn({ run })
  while (progress && progress.done < progress.total) progress = await predictor.learn({ run })
  const first = (performance.now() - began) / 1000
  const { predictions } = await predictor.predict({ run, images: [...own, ...others] })
  const known = new Set(own)
  const truth = predictions.map(({ path }) => (known.has(path) ? 0 : 1))
  const area = (score: readonly number[]): number => round(classAreas(score, truth).rocArea!)
  const flagged = (which: 0 | 1): number => {
    const these = predictions.filter((_, index) => truth[index] === which)
    return round(these.filter(({ unlike }) => unlike!.isUnlike).length / these.length)
  }
  const confident = predictions.filter(
    ({ classes }, at) => truth[at] === 1 && classes[0]!.probability >= 0.99,
  )
  const times: number[] = []
  for (const image of own.slice(0, 20)) {
    const start = performance.now()
    await predictor.predict({ run, images: [image] })
    times.push((performance.now() - start) / 1000)
  }
  return {
    images: { own: own.length, others: others.length },
    auroc: {
      unlikeness: area(predictions.map(({ unlike }) => unlike!.distance)),
      probability: area(predictions.map(({ classes }) => -classes[0]!.probability)),
    },
    flagged: { own: flagged(0), others: flagged(1) },
    confidentOthers: {
      images: confident.length,
      flagged: confident.filter(({ unlike }) => unlike!.isUnlike).length,
    },
    first: round(first),
    seconds: round(times.sort((a, b) => a - b)[10]!),
  }
}

const round = (value: number): number => Number(value.toFixed(3))

const work = mkdtempSync(join(tmpdir(), 'vgg-unlikeness-'))
try {
  const context = openContext({ home: join(work, 'home') })
  const lines = { clothes: await linesOf(work, 'clothes'), clipart8: await linesOf(work, 'clipart8') }
  const tried = (name: keyof typeof lines): readonly string[] =>
    lines[name].filter(([, , split]) => split === 'test').map(([path]) => path)
  for (const seed of values.seeds.split(',').map(Number)) {
    for (const [name, other, preset] of [
      ['clothes', 'clipart8', 'small-images'],
      ['clipart8', 'clothes', 'quick-look'],
    ] as const) {
      const file = join(work, `${name}.csv`)
      writeFileSync(
        file,
        ['path,label,split', ...lines[name].map(([path, ...rest]) => `"${path}",${rest.join(',')}`)].join(
          '\n',
        ),
      )
      const changes = { optimization: { epochs: Number(values.epochs) }, seed }
      const recipe = mergeRecipes((await findPreset(preset)).recipe, changes)
      const { run, validation } = await trainRun(context, { dataset: file, recipe })
      const result = await asked(context, run, tried(name), tried(other))
      const error = round(validation?.top1Error ?? NaN)
      console.log(JSON.stringify({ trainedOn: name, asked: other, seed, validationError: error, ...result }))
    }
  }
  context.registry.close()
} finally {
  rmSync(work, { recursive: true, force: true })
}
