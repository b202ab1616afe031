import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { DatasetImage } from '../../core/dataset/types.ts'
import { random } from '../../core/base/random.ts'
import { classScores, macroAverage } from '../../core/evaluation/metrics.ts'
import type { Evaluation, ImagePrediction } from '../../core/evaluation/types.ts'
import { openContext } from '../../core/jobs/context/context.ts'
import { end, freePort, newHome, openBrowser, serve } from '../e2e/studio.ts'
import { plainStatistics } from './plainStatistics.ts'

/**
 * How long the confusion matrix takes to draw and to react: `npm run build` and then
 * `node test/bench/confusionMatrix.ts [--classes 1000] [--images 20000] [--rounds 9]`; prints one JSON line. In Chromium, an
 * evaluation of made-up predictions; milliseconds from the event (a change of order or of what cells show, pointing at a
 * cell, picking one) to the end of the second frame after it, by when it is drawn. Median, least and greatest.
 */
const { values } = parseArgs({
  options: {
    classes: { type: 'string', default: '1000' },
    images: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '9' },
  },
})
const [classes, images, rounds] = [values.classes, values.images, values.rounds].map(Number) as [
  number,
  number,
  number,
]

/** @returns the id of an evaluation of so many classes */
function fill(home: string): string {
  const { registry } = openContext({ home })
  const names = Array.from({ length: classes }, (_, index) => `class-${index}`)
  const size = { width: 28, height: 28, bits: 8, bytes: 500 }
  const info = { ...size, format: 'png', colorMode: 'rgb', alpha: false } as const
  const items = Array.from({ length: images }, (_, index): DatasetImage => {
    const label = index % classes
    return { path: `class-${label}/${index}.png`, label, split: 'test', hash: String(index), info }
  })
  const manifest = { root: home, classes: names, images: items, problems: [], statistics: plainStatistics }
  const dataset = registry.datasets.add(manifest, { validation: 0, test: 1, seed: 0 })
  const run = registry.runs.create({ suggestion: 'run', dataset: dataset.id, recipe: {} })
  const source = random(22)
  const confusion = names.map(() => new Array<number>(classes).fill(0))
  const predictions = items.map(({ label }, item): ImagePrediction => {
    const predicted = source.uniform() < 0.6 ? label : source.integer(classes)
    confusion[label]![predicted]!++
    return { item, label, top: [{ label: predicted, probability: source.uniform() }] }
  })
  const scores = classScores(confusion)
  const result = {
    ...{
      protocolText: 'made up',
      images,
      failures: [],
      top1Error: 0.4,
      top1Interval: { low: 0.39, high: 0.41 },
    },
    ...{ top5Error: 0.3, loss: 1, confusion, macro: macroAverage(scores), predictions },
    protocol: { views: 'center', scales: [256], flips: false, crop: 224, mode: 'crop' },
    classes: scores.map((one, label) => ({ ...one, name: names[label]! })),
  } as Evaluation
  const id = registry.evaluations.add({
    ...{ run: run.id, checkpoint: 'best', dataset: dataset.id, split: 'test', result },
  })
  registry.close()
  return id
}

/** In the page: milliseconds from an action to the end of the second frame after it. */
const timed = (action: string): string => `new Promise((done) => {
  const start = performance.now();
  ${action};
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)))
})`

const select = (label: string, value: string): string =>
  `const one = [...document.querySelectorAll('select')].find((e) => (e.getAttribute('aria-label') ?? e.closest('label')?.innerText ?? '').includes('${label}'));
   one.value = '${value}'; one.dispatchEvent(new Event('change', { bubbles: true }))`
const mouse = (kind: string, at: number): string =>
  `const box = document.querySelector('[role=application]').getBoundingClientRect();
   document.querySelector('[role=application]').dispatchEvent(new MouseEvent('${kind}', { bubbles: true,
     clientX: box.left + 60 + ${at}, clientY: box.top + 60 + ${at} }))`

const home = newHome()
try {
  const id = fill(home)
  const server = await serve(home, await freePort())
  const context = await openBrowser(server)
  const page = context.pages()[0]!
  await page.goto(`${server.url}/evaluations/${id}`)
  await page.getByRole('application').waitFor()
  const measure = async (actions: readonly string[]) => {
    const times: number[] = []
    for (let round = 0; round < rounds; round++)
      times.push(await page.evaluate<number>(timed(actions[round % actions.length]!)))
    const sorted = times.toSorted((a, b) => a - b)
    const rounded = [sorted[Math.floor(rounds / 2)]!, sorted[0]!, sorted.at(-1)!].map(Math.round)
    return { median: rounded[0], least: rounded[1], greatest: rounded[2] }
  }
  const line = {
    ...{ classes, images },
    values: await measure([select('Cells show', 'row'), select('Cells show', 'counts')]),
    order: await measure([select('Order', 'errors'), select('Order', 'size'), select('Order', 'name')]),
    similar: await measure([select('Order', 'similar'), select('Order', 'name')]),
    pointing: await measure([mouse('mousemove', 3), mouse('mousemove', 50)]),
    picking: await measure([mouse('click', 3), mouse('click', 50)]),
  }
  console.log(JSON.stringify(line))
  await context.browser()?.close()
  await end(server)
} finally {
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
}
