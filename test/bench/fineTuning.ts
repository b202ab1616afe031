import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { random } from '../../core/base/random.ts'
import type { Execution } from '../../core/engine/execution.ts'
import { findEngine } from '../../core/engine/index.ts'
import { buildNetwork } from '../../core/network/architectures/index.ts'
import { splitHead } from '../../core/network/split.ts'
import { openLoader } from '../../core/pipeline/loader.ts'
import type { Item } from '../../core/pipeline/types.ts'
import { loadCheckpoint } from '../../core/training/checkpoint.ts'
import { featuresOf } from '../../core/training/features/compute.ts'
import { tablesOf } from '../../core/training/features/stage.ts'
import { frozenLayers } from '../../core/training/layers.ts'
import { validationView } from '../../core/training/preprocessing.ts'
import { pngsOf, shuffled, subjects } from './initialization/data.ts'

/**
 * The preset fine-tune on pictures of eight classes, from a folder to its error on images held out, beside scikit-learn's
 * logistic regression: `npx node test/bench/fineTuning.ts --python PYTHON [--seeds 0,1,2] [--crop 128]
 * [--data /usr/share/openclipart/png] [--validation SHARE] [--engine auto] [--threads N] [--weights FOLDER] [--keep]`.
 *
 * The pictures are of Debian's openclipart-png: 713 of eight folders by seed, 525 for training, 188 held out. Of the 525 the
 * studio sets 79 aside to validate on; with `--validation 0` it trains on all, and cross-validates. `train` is from the
 * folder to the last epoch, `again` the same once features are there. `sameFeatures` is scikit-learn on these features of
 * all 525 (seconds of the fit alone); `peer` does all of it in Python (test/reference/fineTuningPeer.py), from before its
 * imports to the fitted head, as `train` is measured.
 *
 * `weights` is a home in which vgg16-features is already; else it is fetched. PYTHON has scikit-learn, torch, torchvision and
 * safetensors. One JSON object a line. With `--retune` instead: what caching features saves, on 1,200 images.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '0,1,2' },
    crop: { type: 'string', default: '128' },
    data: { type: 'string', default: '/usr/share/openclipart/png' },
    engine: { type: 'string', default: 'auto' },
    threads: { type: 'string' },
    weights: { type: 'string' },
    python: { type: 'string' },
    validation: { type: 'string' },
    keep: { type: 'boolean', default: false },
    retune: { type: 'boolean', default: false },
  },
})
const [most, count, trained] = [93, 713, 525]
const program = fileURLToPath(new URL('../../core/cli/vgg-studio.js', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'vgg-fine-tuning-'))

const home = join(work, 'home')
if (values.weights) {
  mkdirSync(join(home, 'weights'), { recursive: true })
  const file = 'vgg16-features.safetensors'
  copyFileSync(join(values.weights, 'weights', file), join(home, 'weights', file))
} else studio('weights', 'get', 'vgg16-features')
if (values.retune) retuning()
else
  for (const seed of values.seeds.split(',').map(Number)) {
    const folder = join(work, `pictures-${seed}`)
    pictures(folder, seed)
    const training = timed(() => train(folder, seed))
    const again = timed(() => train(`pictures-${seed}`, seed))
    const evaluation = timed(() => studio('evaluate', 'last', '--split', 'test'))
    const { top1Error } = evaluation.result as { top1Error: number }
    const sameFeatures = values.python === undefined ? null : await scikitLearn(folder, values.python)
    const peer = values.python === undefined ? null : inPython(folder, values.python)
    const points = (other: number): number => round(100 * (1 - top1Error - other))
    const line = {
      seed,
      crop: Number(values.crop),
      top1: round(1 - top1Error),
      seconds: { train: training.seconds, again: again.seconds, evaluate: evaluation.seconds },
      ...(sameFeatures && { sameFeatures: { ...sameFeatures, points: points(sameFeatures.top1) } }),
      ...(peer && { peer: { ...peer, points: points(peer.top1) } }),
    }
    console.log(JSON.stringify(line))
  }
if (!values.keep) rmSync(work, { recursive: true })
else console.error(work)

function train(dataset: string, seed: number): { run: string } {
  const settings = ['--preset', 'fine-tune', '--from', 'vgg16-features', '--crop', values.crop]
  const share = values.validation
  if (share !== undefined && isAbsolute(dataset))
    studio('import', dataset, '--name', basename(dataset), '--validation', share)
  const place = values.threads ? ['--set', `execution.threads=${values.threads}`] : []
  return studio('train', dataset, ...settings, '--seed', String(seed), '--engine', values.engine, ...place)
}

/**
 * A head for the 1,200 clothes of the sample: first with its features, then again once they are there, and one epoch
 * through the network, which is what each epoch would take without features.
 */
function retuning(): void {
  const sample = fileURLToPath(new URL('../../resources/sample/fashion-mnist', import.meta.url))
  const settings = ['--preset', 'fine-tune', '--from', 'vgg16-features', '--crop', '64']
  const trainOn = (dataset: string, ...more: string[]) =>
    timed(() =>
      studio<{ epochs: { seconds: number }[] }>(
        'train',
        dataset,
        ...settings,
        '--engine',
        values.engine,
        ...more,
      ),
    )
  const first = trainOn(sample)
  const again = trainOn('last')
  const through = trainOn(
    'last',
    '--epochs',
    '1',
    '--set',
    'optimization.solver=sgd',
    '--set',
    'data.colorShift=0.1',
  )
  const epochs = again.result.epochs.length
  const [epoch] = through.result.epochs
  const line = {
    images: 1200,
    seconds: { first: first.seconds, again: again.seconds, epochThrough: round(epoch!.seconds) },
    speedUp: round((epochs * epoch!.seconds) / again.seconds),
  }
  console.log(JSON.stringify(line))
}

/** The result, which is the last line. */
function studio<Result = unknown>(...words: string[]): Result {
  const { stdout, status, stderr } = spawnSync(process.execPath, [program, ...words, '--json'], {
    encoding: 'utf8',
    env: { ...process.env, VGG_STUDIO_HOME: home },
    maxBuffer: 2 ** 30,
  })
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}\n${stdout.slice(-2000)}`)
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Result
}

function timed<T>(act: () => T): { readonly result: T; readonly seconds: number } {
  const start = performance.now()
  const result = act()
  return { result, seconds: round((performance.now() - start) / 1000) }
}

function round(value: number): number {
  return Math.round(1000 * value) / 1000
}

function pictures(folder: string, seed: number): void {
  const chosen = subjects.flatMap((label, index) =>
    shuffled(pngsOf(join(values.data, label)), random(17, seed, index))
      .slice(0, most)
      .map((path) => ({ label, path })),
  )
  shuffled(chosen, random(17, seed, subjects.length))
    .slice(0, count)
    .forEach(({ label, path }, index) => {
      const place = join(folder, index < trained ? 'train' : 'test', label)
      mkdirSync(place, { recursive: true })
      copyFileSync(path, join(place, `${index}-${basename(path)}`))
    })
}

/** Standardized features of the same convolutions, C by 4-fold cross-validation on all 525. */
async function scikitLearn(folder: string, python: string): Promise<Fitted> {
  const { run } = studio<{ runs: { run: string }[] }>('runs').runs[0]!
  const checkpoint = await loadCheckpoint(join(home, 'runs', run, 'last.safetensors'))
  const network = buildNetwork(checkpoint.network)
  const split = splitHead(network, new Set(frozenLayers(network, checkpoint.recipe.optimization)))!
  const weights = new Map([...checkpoint.state.weights].filter(([name]) => name.startsWith('features.')))
  for (const part of ['train', 'test']) {
    const items: Item[] = subjects.flatMap((label, index) =>
      readdirSync(join(folder, part, label)).map((name) => ({
        path: join(folder, part, label, name),
        label: index,
      })),
    )
    const execution = checkpoint.execution as Execution
    const features = await featuresOf({
      items,
      view: validationView(checkpoint.recipe),
      choices: ['plain'],
      shape: split.head.input,
      // Those of training are there already.
      store: { folder: join(home, 'cache', 'features'), bytes: 2e9 },
      tables: tablesOf(checkpoint, split, weights, execution),
      openLoader: (own) => openLoader({ items: own, normalization: checkpoint.normalization, threads: 1 }),
      openPredictor: () => findEngine(execution.engine).predictor(split.trunk, weights),
      microBatch: 16,
      onImages: async () => undefined,
      stopped: () => false,
    })
    const { choices, failures } = features!
    const kept = [...items.keys()].filter((position) => !failures.has(position))
    const size = choices[0]!.length / items.length
    const rows = kept.map((position) => choices[0]!.slice(position * size, (position + 1) * size))
    writeFileSync(join(work, `${part}.f32`), Buffer.concat(rows.map(({ buffer }) => Buffer.from(buffer))))
    writeFileSync(join(work, `${part}.json`), JSON.stringify(kept.map((position) => items[position]!.label)))
  }
  const code = `
import json, time, numpy as np
from sklearn.linear_model import LogisticRegressionCV
from sklearn.preprocessing import StandardScaler
from sklearn.pipeline import make_pipeline
def read(part):
    labels = np.array(json.load(open(f'${work}/{part}.json')))
    return np.fromfile(f'${work}/{part}.f32', np.float32).reshape(len(labels), -1), labels
x, y = read('train'); xt, yt = read('test')
start = time.time()
model = make_pipeline(StandardScaler(), LogisticRegressionCV(Cs=10, cv=4, max_iter=1000))
model.fit(x, y)
print(json.dumps({'top1': model.score(xt, yt), 'seconds': time.time() - start, 'C': float(np.ravel(model[-1].C_)[0])}))`
  return fitted(python, ['-c', code])
}

function inPython(folder: string, python: string): Fitted {
  const peer = fileURLToPath(new URL('../reference/fineTuningPeer.py', import.meta.url))
  return fitted(python, [peer, join(home, 'weights', 'vgg16-features.safetensors'), folder, values.crop])
}

interface Fitted {
  readonly top1: number
  readonly seconds: number
  readonly C: number
}

function fitted(python: string, words: readonly string[]): Fitted {
  const { stdout, stderr, status } = spawnSync(python, ['-W', 'ignore', ...words], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const { top1, seconds, C } = JSON.parse(stdout) as Fitted
  return { top1: round(top1), seconds: round(seconds), C: round(C) }
}
