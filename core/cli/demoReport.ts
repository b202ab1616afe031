import { imagePath } from '../dataset/imagePath.ts'
import type { ImagePrediction } from '../evaluation/types.ts'
import { inMetric } from '../evaluation/metric.ts'
import { decode } from '../image/decode.ts'
import { resize } from '../image/resize.ts'
import type { JobContext } from '../jobs/context/context.ts'
import type { EvaluateResult } from '../jobs/evaluate.ts'
import type { ExportedRun } from '../jobs/export.ts'
import type { TrainResult } from '../jobs/training/runTraining.ts'
import { certificateText } from '../messages/en/words.ts'
import { confusionBlocks, sparkline } from './chart.ts'
import { bytes, counted, duration, interval95, loss, measured, ofImages, percent } from './format.ts'
import { pictureLines } from './picture.ts'
import { pad } from './table.ts'
import type { Terminal } from './terminal.ts'

export interface Demo {
  readonly home: string
  /** Whether it trained on top of pretrained weights. */
  readonly pretrained: boolean
  readonly training: TrainResult
  readonly evaluation: EvaluateResult
  readonly exported: ExportedRun
  readonly seconds: number
}

/** What the demo did, for a person to enjoy. */
export async function demoReport(demo: Demo, context: JobContext, terminal: Terminal): Promise<string> {
  const title = (text: string): string => terminal.colors.bold(terminal.colors.cyan(text))
  const { confusion, classes } = demo.evaluation
  const names = classes.map(({ name }) => name)
  return [
    '',
    title('How it learned'),
    ...learning(demo, terminal),
    '',
    title('How good it is'),
    ...quality(demo, terminal),
    '',
    title('What it confuses'),
    confusionBlocks(confusion, names, terminal),
    ...extremes(demo, terminal),
    '',
    title('Some of its predictions'),
    ...(await samples(demo, context, terminal)),
    '',
    title('The exported model'),
    `${demo.exported.path} (${bytes(demo.exported.bytes)})`,
    `Beside the network: ${certificateText(demo.exported.certificate)}`,
    '',
    title('What next'),
    ...next(demo),
    '',
    `All of it took ${duration(demo.seconds)}.`,
  ].join('\n')
}

function learning({ training }: Demo, { colors, metric }: Terminal): readonly string[] {
  const { epochs } = training
  const curve = (name: string, values: readonly number[], show: (value: number) => string): string =>
    `${pad(name, 17)}${pad(show(values[0]!), 7, 'right')} ${colors.cyan(sparkline(values))} ${show(values.at(-1)!)}`
  const numbers = epochs.flatMap(({ validation }) => inMetric(validation?.top1Error, metric) ?? [])
  const images = training.validation?.images
  return [
    curve(
      'training loss',
      epochs.map(({ trainingLoss }) => trainingLoss),
      loss,
    ),
    curve(
      'validation loss',
      epochs.flatMap(({ validation }) => validation?.loss ?? []),
      loss,
    ),
    curve(`validation ${metric}`, numbers, percent),
    colors.dim(
      `${counted(epochs.length, 'epoch')}; the best one is ${training.best?.epoch ?? epochs.length}, chosen on these validation images${ofImages(images)}: expect slightly worse on others`,
    ),
  ]
}

function quality({ evaluation }: Demo, { colors, metric }: Terminal): readonly string[] {
  const { top1Error, top1Interval, top5Error, images, protocolText } = evaluation
  return [
    `top-1 ${metric} ${colors.bold(colors.green(measured(top1Error, metric)))} on ${counted(images, 'test image')} (${interval95(top1Interval, metric)})`,
    `top-5 ${metric} ${measured(top5Error, metric)}`,
    colors.dim(
      `${protocolText}; guessing would have ${metric} ${measured(1 - 1 / evaluation.classes.length, metric)}`,
    ),
  ]
}

function extremes({ evaluation }: Demo, { colors }: Terminal): readonly string[] {
  const { classes, confusion } = evaluation
  const byRecall = classes
    .map(({ name, recall, images }, label) => ({
      name,
      images,
      recall: recall ?? 0,
      taken: mostlyTakenFor(confusion[label]!, label),
    }))
    .sort((a, b) => b.recall - a.recall)
  const best = byRecall
    .slice(0, 3)
    .map(({ name, recall, images }) => `${name} ${percent(recall)}${ofImages(images)}`)
  const worst = byRecall
    .slice(-3)
    .reverse()
    .map(({ name, recall, images, taken }) => {
      const other = taken === null ? '' : ` (else mostly ${classes[taken]!.name})`
      return `${name} ${percent(recall)}${ofImages(images)}${other}`
    })
  return [
    `${colors.green('Best recall')}   ${best.join(', ')}`,
    `${colors.red('Worst recall')}  ${worst.join(', ')}`,
  ]
}

function mostlyTakenFor(row: readonly number[], label: number): number | null {
  const others = row.map((value, index) => (index === label ? 0 : value))
  const most = Math.max(...others)
  return most === 0 ? null : others.indexOf(most)
}

const side = 20
/** Cells that pictures beside each other take at most. */
const mostColumns = 200

/** Some that it is sure about and right, and those that it is most wrong about. */
async function samples(demo: Demo, { registry }: JobContext, terminal: Terminal): Promise<readonly string[]> {
  const { evaluation, training } = demo
  const manifest = registry.datasets.manifest(training.dataset)
  const colorful = terminal.colors.isColorSupported
  const fitting = Math.max(2, Math.floor((Math.min(terminal.columns, mostColumns) + 2) / (side + 2)))
  const chosen = choose(registry.evaluations.predictions(evaluation.evaluation), colorful ? fitting : 6)
  const name = (label: number): string => evaluation.classes[label]!.name
  const captions = chosen.map(({ label, top: [first] }) => {
    const right = first!.label === label
    const said = `${right ? '✓' : '✗'} ${name(first!.label)} ${percent(first!.probability)}`
    return { truth: name(label), said, color: right ? terminal.colors.green : terminal.colors.red }
  })
  if (!colorful) return captions.map(({ truth, said }) => `${pad(truth, 12)} ${said}`)
  const pictures = await Promise.all(
    chosen.map(async ({ item }) => {
      const image = await decode(imagePath(manifest, manifest.images[item]!))
      return pictureLines(resize(image, side, side))
    }),
  )
  return [
    ...Array.from({ length: side / 2 }, (_, row) => pictures.map((lines) => lines[row]!).join('  ')),
    captions.map(({ truth }) => pad(truth, side)).join('  '),
    captions.map(({ said, color }) => color(pad(said, side))).join('  '),
  ]
}

function choose(predictions: readonly ImagePrediction[], most: number): readonly ImagePrediction[] {
  const sure = [...predictions].sort((a, b) => b.top[0]!.probability - a.top[0]!.probability)
  const right = sure.filter(({ label, top }) => top[0]!.label === label)
  const wrong = sure.filter(({ label, top }) => top[0]!.label !== label)
  const half = Math.ceil(most / 2)
  return [...ofDifferentClasses(right, half), ...ofDifferentClasses(wrong, most - half)]
}

function ofDifferentClasses(
  predictions: readonly ImagePrediction[],
  most: number,
): readonly ImagePrediction[] {
  const seen = new Set<number>()
  return predictions.filter(({ label }) => !seen.has(label) && seen.add(label)).slice(0, most)
}

function next({ home, training, exported, pretrained }: Demo): readonly string[] {
  const at = `--home ${/\s/.test(home) ? `"${home}"` : home}`
  return [
    `Everything is in ${home}`,
    `  npx vgg-studio show ${training.run} ${at}`,
    ...(pretrained
      ? [`  npx vgg-studio predict ${training.run} resources/sample/clipart/fruit/*.png ${at}`]
      : [
          `  npx vgg-studio evaluate ${training.run} --views dense --scales 32,36,40 ${at}`,
          `  npx vgg-studio predict ${training.run} resources/sample/fashion-mnist/test/bag/*.png ${at}`,
        ]),
    `Your own images, a folder for each class:`,
    pretrained
      ? `  npx vgg-studio train FOLDER --preset fine-tune --from vgg16-features ${at}`
      : `  npx vgg-studio train FOLDER --preset quick-look`,
    `The export's README says how to use ${exported.path} elsewhere.`,
  ]
}
