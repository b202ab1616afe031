import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { random } from '../../core/base/random.ts'
import { peakMemory } from '../../core/bench/memory.ts'
import { hashFile } from '../../core/dataset/contents.ts'
import type { DatasetImage } from '../../core/dataset/types.ts'
import { openRowWriter } from '../../core/evaluation/storedProbabilities.ts'
import { openContext } from '../../core/jobs/context/context.ts'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import { probabilitiesPath } from '../../core/jobs/evaluation/evaluationFiles.ts'
import { trainRun } from '../../core/jobs/train.ts'

/**
 * `npx node test/slow/evaluateMany.ts`: evaluates 5,000 and 50,000 images of 1,000 classes, each in a process of its own,
 * with a small network, and prints the most memory that either process held; then what class probabilities take on the
 * disk that no compressor can guess. The images are the sample's 28×28 pictures over and over, each decoded again.
 */
const counts = [5000, 50_000]
const classes = 1000
const [step, home, count] = process.argv.slice(2)
if (step === 'prepare') await prepare(home!)
else if (step === 'evaluate') await evaluate(home!, Number(count))
else all()

function all(): void {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-many-'))
  const run = (...parameters: readonly string[]): string =>
    execFileSync(process.execPath, [import.meta.filename, ...parameters], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  try {
    run('prepare', folder)
    for (const images of counts) console.log(run('evaluate', folder, String(images)).trim())
    console.log(
      `${classes} classes, 50,000 images, logits from a normal distribution: ${size(folder)} MB of 200 MB`,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A data set for each count, and a run on all of their classes. */
async function prepare(folder: string): Promise<void> {
  const root = resolve(import.meta.dirname, '../../resources/sample/fashion-mnist/test')
  const paths = readdirSync(root).flatMap((name) =>
    readdirSync(join(root, name)).map((file) => `${name}/${file}`),
  )
  const files = await Promise.all(
    paths.map(async (path) => ({
      path,
      hash: (await hashFile(join(root, path)))!,
      bytes: statSync(join(root, path)).size,
    })),
  )
  const imageOf = (index: number, split: DatasetImage['split']): DatasetImage => {
    const { path, hash, bytes } = files[index % files.length]!
    const info = {
      format: 'png',
      width: 28,
      height: 28,
      colorMode: 'grayscale',
      alpha: false,
      bits: 8,
      bytes,
    } as const
    return { path, label: index % classes, split, hash, info }
  }
  const context = openContext({ home: folder })
  for (const images of counts) {
    const train = Array.from({ length: classes }, (_, index) => imageOf(index, 'train'))
    const test = Array.from({ length: images }, (_, index) => imageOf(index, 'test'))
    context.registry.datasets.add(
      {
        root,
        classes: Array.from({ length: classes }, (_, label) => `class ${String(label).padStart(3, '0')}`),
        images: [...train, ...test],
        problems: [],
        statistics: {
          mean: [73, 73, 73],
          std: [90, 90, 90],
          pca: {
            values: [3, 2, 1],
            vectors: [
              [1, 0, 0],
              [0, 1, 0],
              [0, 0, 1],
            ],
          },
        },
        source: { kind: 'folder' },
      },
      { validation: 0, test: 0, seed: 0 },
      `images ${images}`,
    )
  }
  await trainRun(context, {
    dataset: 'd1',
    recipe: {
      network: { config: 'A', widthMultiplier: 0.05, fcWidth: 32, batchNorm: true },
      data: { crop: 32, scale: 32 },
      optimization: { epochs: 1, batchSize: 50, learningRate: 0.01 },
      initialization: { kind: 'he' },
      execution: { engine: 'onnxruntime', device: 'cpu', precision: 'fp32', threads: 1, decodeThreads: 1 },
    },
  })
  context.registry.close()
}

async function evaluate(folder: string, images: number): Promise<void> {
  const context = openContext({ home: folder })
  const dataset = `d${counts.indexOf(images) + 1}`
  const since = performance.now()
  const { evaluation, run, images: done } = await evaluateRun(context, { run: 'r1', dataset })
  const seconds = (performance.now() - since) / 1000
  const { size: bytes } = statSync(probabilitiesPath(context.home, run, evaluation))
  context.registry.close()
  console.log(
    `${done} images: ${(peakMemory() / 1e6).toFixed(0)} MB of memory at most, ${(bytes / 1e6).toFixed(0)} MB of class probabilities, ${seconds.toFixed(0)} s`,
  )
}

/** MB of the probabilities of a confident network, whose mantissas are noise: what real ones come near. */
function size(folder: string): string {
  const path = join(folder, 'made.probabilities')
  const source = random(1)
  const writer = openRowWriter(path)
  const exponentials = new Float64Array(classes)
  for (let item = 0; item < 50_000; item++) {
    let total = 0
    for (let label = 0; label < classes; label++) {
      const normal = Math.sqrt(-2 * Math.log(1 - source.uniform())) * Math.cos(2 * Math.PI * source.uniform())
      total += exponentials[label] = Math.exp(2.5 * normal + (label === item % classes ? 12 : 0))
    }
    const probabilities = Float32Array.from(exponentials, (value) => value / total)
    writer.add({ item, probabilities, logProbability: Math.log(exponentials[item % classes]! / total) })
  }
  writer.close()
  return (statSync(path).size / 1e6).toFixed(1)
}
