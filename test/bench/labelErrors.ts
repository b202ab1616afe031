import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import sharp from 'sharp'
import { permutation, random } from '../../core/base/random.ts'
import { labelIssues } from '../../core/evaluation/statistics/labelIssues.ts'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import { openContext, type JobContext } from '../../core/jobs/context/context.ts'
import { scoresOfEvaluation } from '../../core/jobs/statistics/scores.ts'
import { trainRun } from '../../core/jobs/train.ts'
import { readDynamics } from '../../core/training/checkpoint.ts'
import { findPreset } from '../../core/training/presets.ts'
import { parseRecipe } from '../../core/training/recipe.ts'

/**
 * How many wrong labels are missed, where a tenth of Fashion-MNIST's training labels is flipped to another class:
 * `node test/bench/labelErrors.ts [--images 6000] [--epochs 10] [--seeds 0,1,2] [--data /usr/share/datasets/fashion-mnist]`
 * (Debian: dataset-fashion-mnist).
 *
 * The margin ranking takes one training; confident learning five of the same network with the same settings, each on four
 * fifths, whose probabilities of the fifth that it has not learned from are put together. Of each ranking as many images
 * are taken as labels were flipped (the noise budget); `missed` is the share of the flipped ones that are not among them.
 * For confident learning: ranked by the label's probability (cleanlab's default), by its margin to the most probable other
 * class, and what cleanlab's rule lists, with its length. One JSON object a line, the last is the mean.
 */
const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '6000' },
    epochs: { type: 'string', default: '10' },
    seeds: { type: 'string', default: '0,1,2' },
    data: { type: 'string', default: '/usr/share/datasets/fashion-mnist' },
  },
})
const count = Number(values.images)
const [folds, classes, held, side] = [5, 10, 500, 28]
const share = 0.1
const preset = parseRecipe((await findPreset('small-images')).recipe)

interface Pictures {
  readonly labels: Uint8Array
  readonly pixels: Uint8Array
}

function read(part: 'train' | 't10k'): Pictures {
  const file = (kind: string): Uint8Array => {
    const name = readdirSync(values.data).find((one) => one.startsWith(`${part}-${kind}`))!
    const bytes = readFileSync(join(values.data, name))
    return name.endsWith('.gz') ? gunzipSync(bytes) : bytes
  }
  return { labels: file('labels').subarray(8), pixels: file('images').subarray(16) }
}

async function writePictures(
  folder: string,
  prefix: string,
  { pixels }: Pictures,
  most: number,
): Promise<void> {
  const raw = { width: side, height: side, channels: 1 } as const
  for (let index = 0; index < most; index++) {
    const picture = pixels.subarray(index * side * side, (index + 1) * side * side)
    await sharp(picture, { raw })
      .png()
      .toFile(join(folder, `${prefix}-${index}.png`))
  }
}

/** The preset for small images, an eighth as wide as VGG. */
const recipe = (seed: number) => ({
  ...preset,
  network: { ...preset.network, widthMultiplier: 0.125, fcWidth: 64 },
  optimization: { ...preset.optimization, epochs: Number(values.epochs) },
  execution: { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' },
  seed,
})

type Line = readonly [name: string, label: number, split: string]

/** Trains on what a list says. @returns the run */
async function trained(
  context: JobContext,
  file: string,
  lines: readonly Line[],
  seed: number,
): Promise<string> {
  const text = lines.map(([name, label, split]) => `${name},class-${label},${split}`)
  writeFileSync(file, ['path,label,split', ...text].join('\n'))
  return (await trainRun(context, { dataset: file, recipe: recipe(seed) })).run
}

async function bySeed(context: JobContext, folder: string, seed: number, parts: Parts) {
  const source = random(seed, 0x666c6970)
  const flipped = new Set(permutation(count, source).subarray(0, Math.round(share * count)))
  const labels = Array.from({ length: count }, (_, index) => {
    const label = parts.training.labels[index]!
    return flipped.has(index) ? (label + 1 + source.integer(classes - 1)) % classes : label
  })
  const own = labels.map((label, index): Line => [`train-${index}.png`, label, 'train'])
  const rest = Array.from({ length: held }, (_, index): Line => [
    `held-${index}.png`,
    parts.held.labels[index]!,
    'validation',
  ])
  const indexOf = (path: string): number => Number(/train-(\d+)\.png$/.exec(path)![1])
  const missed = (suspects: readonly number[]): number =>
    [...flipped].filter((index) => !new Set(suspects).has(index)).length / flipped.size
  const lowest = (score: ArrayLike<number>): number[] =>
    Array.from(score, (_, index) => index)
      .sort((a, b) => score[a]! - score[b]!)
      .slice(0, flipped.size)

  let start = performance.now()
  const run = await trained(context, join(folder, `all-${seed}.csv`), [...own, ...rest], seed)
  const marginSeconds = (performance.now() - start) / 1000
  const { dynamics } = await readDynamics(join(context.home.folder, 'runs', run, 'last.safetensors'))
  const { dataset } = context.registry.runs.get(run)
  const training = context.registry.datasets.manifest(dataset!).images.filter((one) => one.split === 'train')
  const margins = new Float64Array(count)
  training.forEach(({ path }, at) => (margins[indexOf(path)] = dynamics!.margins[at]! / dynamics!.times[at]!))

  start = performance.now()
  const probabilities = new Float32Array(count * classes)
  const fold = permutation(count, random(seed, 0x666f6c64)).map((place) => place % folds)
  for (let left = 0; left < folds; left++) {
    const lines = own.map(([name, label], index): Line => [
      name,
      label,
      fold[index] === left ? 'test' : 'train',
    ])
    const part = await trained(context, join(folder, `fold-${seed}-${left}.csv`), [...lines, ...rest], seed)
    const { evaluation } = await evaluateRun(context, { run: part, split: 'test', checkpoint: 'last' })
    const row = context.registry.evaluations.get(evaluation)
    const { images } = context.registry.datasets.manifest(row.dataset!)
    const scores = scoresOfEvaluation(context, row)
    scores.positions.forEach((position, image) =>
      probabilities.set(
        scores.probabilities.subarray(image * classes, (image + 1) * classes),
        indexOf(images[position]!.path) * classes,
      ),
    )
  }
  const foldSeconds = (performance.now() - start) / 1000
  const ownOf = labels.map((label, index) => probabilities[index * classes + label]!)
  const marginOf = labels.map((label, index) => {
    const row = probabilities.subarray(index * classes, (index + 1) * classes)
    return (
      ownOf[index]! - row.reduce((most, value, other) => (other === label ? most : Math.max(most, value)), 0)
    )
  })
  const judged = { images: count, classes, labels: Uint32Array.from(labels), probabilities }
  const listed = labelIssues(judged).map(({ image }) => image)
  return {
    seed,
    flipped: flipped.size,
    missed: {
      margin: missed(lowest(margins)),
      selfConfidence: missed(lowest(ownOf)),
      probabilityMargin: missed(lowest(marginOf)),
      listed: missed(listed),
    },
    listed: listed.length,
    seconds: { margin: Math.round(marginSeconds), folds: Math.round(foldSeconds) },
  }
}

interface Parts {
  readonly training: Pictures
  readonly held: Pictures
}

const work = mkdtempSync(join(tmpdir(), 'vgg-label-errors-'))
try {
  const folder = join(work, 'pictures')
  mkdirSync(folder)
  const parts: Parts = { training: read('train'), held: read('t10k') }
  await writePictures(folder, 'train', parts.training, count)
  await writePictures(folder, 'held', parts.held, held)
  const context = openContext({ home: join(work, 'home') })
  const lines: Awaited<ReturnType<typeof bySeed>>[] = []
  for (const seed of values.seeds.split(',').map(Number)) {
    const line = await bySeed(context, folder, seed, parts)
    console.log(JSON.stringify(line))
    lines.push(line)
  }
  const meanOf = (key: keyof (typeof lines)[number]['missed']): number =>
    Number((lines.reduce((sum, { missed }) => sum + missed[key], 0) / lines.length).toFixed(4))
  const keys = ['margin', 'selfConfidence', 'probabilityMargin', 'listed'] as const
  console.log(JSON.stringify({ mean: Object.fromEntries(keys.map((key) => [key, meanOf(key)])) }))
  context.registry.close()
} finally {
  rmSync(work, { recursive: true, force: true })
}
