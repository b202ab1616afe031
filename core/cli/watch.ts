import type { Metric } from '../evaluation/metric.ts'
import type { JobEvent, JobProgress } from '../jobs/recording/events.ts'
import { placeText } from '../messages/en/computing.ts'
import { lineOf } from '../messages/text.ts'
import type { Validation } from '../training/events.ts'
import { bytes, count, counted, decimal, duration, loss, measured, ofImages, rate } from './format.ts'
import type { ProgressState } from './progress.ts'
import { pad, width } from './table.ts'
import type { Terminal } from './terminal.ts'

/**
 * What a person or a script sees of a job while it runs.
 * @param stream with --json, each event is a line
 * @param also is told as well
 */
export function watch(terminal: Terminal, stream: boolean, also?: (event: JobEvent) => void) {
  return (event: JobEvent): void => {
    also?.(event)
    const forPeople = event.event === 'notice' && event.terminalOnly === true
    if (stream && !forPeople) terminal.line(event)
    const state = progressOf(event, terminal.metric)
    if (state) terminal.progress.show(state)
    // A script that reads JSON lines needs no prose beside them, except what it would otherwise not get to see.
    const text = stream && terminal.json ? null : sentenceOf(event, terminal)
    if (text !== null) terminal.note(text)
  }
}

const phases: Readonly<Record<JobProgress['phase'], string>> = {
  scan: 'Looking for images',
  verify: 'Checking images',
  statistics: 'Measuring colors',
  evaluate: 'Evaluating',
  reference: 'Evaluating in fp32 for comparison',
  features: 'Features',
  predict: 'Predicting',
  export: 'Exporting',
  calibrate: 'Trying',
  download: 'Downloading',
  unpack: 'Unpacking',
  compile: 'Compiling',
  test: 'Testing',
}

function progressOf(event: JobEvent, metric: Metric): ProgressState | null {
  if (event.event !== 'progress' && event.event !== 'step') return null
  if ('done' in event) {
    const { phase, done, total, secondsLeft, detail, soFar } = event
    const label = detail === undefined ? phases[phase] : `${phases[phase]} ${detail}`
    const sizes =
      phase === 'download' && total !== null ? { detail: `${bytes(done)} of ${bytes(total)}` } : {}
    const found = soFar
      ? { detail: `top-1 ${metric} so far ${measured(soFar.top1Error, metric)}${ofImages(soFar.images)}` }
      : {}
    return { label, done, total, secondsLeft, ...sizes, ...found }
  }
  const { epoch, epochs, phase, imagesDone, images, secondsLeft, imagesPerSecond } = event
  const detail = [
    ...(event.event === 'step'
      ? [`loss ${loss(event.loss)}`, `${metric} ${measured(event.error, metric)}`]
      : []),
    ...(imagesPerSecond === null ? [] : [`${count(imagesPerSecond)} images/s`]),
  ]
  const label =
    phase === 'features'
      ? 'Features'
      : `Epoch ${epoch}/${epochs}${phase === 'validation' ? ' validation' : ''}`
  return { label, done: imagesDone, total: images, secondsLeft, detail: detail.join('  ') }
}

function sentenceOf(
  event: JobEvent,
  { noteColors: colors, noteColumns, metric, texts }: Terminal,
): string | null {
  switch (event.event) {
    case 'imported': {
      const { train, validation, test } = event.images
      const problems = event.problems.length
      const left = problems === 0 ? '' : `, ${counted(problems, 'file')} left out`
      const images = `${count(train)} training, ${count(validation)} validation and ${count(test)} test images`
      return `Imported ${event.dataset} “${event.name}”: ${images} of ${event.classes.length} classes${left}.`
    }
    case 'run':
      return `Run ${colors.bold(event.run)} “${event.name}”`
    case 'chosen':
      return colors.dim(lineOf(texts, event.explanation))
    case 'started': {
      const { engine, device, precision, threads, batchSize, microBatch, position, images, secondsLeft } =
        event
      const parts = microBatch === batchSize ? '' : ` in parts of ${microBatch}`
      const where = `${placeText({ engine, device })}, ${precision}, ${counted(threads.engine, 'thread')}`
      const from = position.step === 0 ? '' : `Resuming after update ${count(position.step)}. `
      return colors.dim(
        `${from}${where}; batches of ${batchSize}${parts}; ${count(images.training)} training and ${count(images.validation)} validation images${secondsLeft == null ? '' : `; about ${duration(secondsLeft)}`}`,
      )
    }
    case 'epoch': {
      const { epoch, trainingLoss, trainingError, validation, learningRate, imagesPerSecond, dataWait } =
        event
      const parts = [
        `Epoch ${pad(String(epoch), 3, 'right')}`,
        `loss ${loss(trainingLoss)}, ${metric} ${measured(trainingError, metric)}`,
        ...(validation ? [validationText(validation, metric)] : []),
        ...countsText(event.images, validation?.images),
        `rate ${rate(learningRate)}`,
        `${count(imagesPerSecond)} images/s`,
        `data wait ${decimal(dataWait)} s`,
      ]
      return fitting(parts, noteColumns)
    }
    case 'warning':
    case 'notice':
      return `${colors.yellow('Note:')} ${lineOf(texts, event)}`
    case 'paused':
      return 'Paused.'
    case 'resumed':
      return 'Resumed.'
    default:
      return null
  }
}

/** As many as a line takes; the most important come first. */
function fitting(parts: readonly string[], columns: number): string {
  const line = parts.join('  ')
  return width(line) <= columns || parts.length === 1 ? line : fitting(parts.slice(0, -1), columns)
}

/** The numbers of images that the others are of. */
function countsText(training: number | undefined, validation: number | undefined): readonly string[] {
  const counts = [training, validation].flatMap((images) => (images === undefined ? [] : [count(images)]))
  return counts.length === 0 ? [] : [`n = ${counts.join(' and ')}`]
}

function validationText({ top1Error, top5Error, loss: value }: Validation, metric: Metric): string {
  const numbers = `top-1 ${metric} ${measured(top1Error, metric)}, top-5 ${measured(top5Error, metric)}`
  return `validation loss ${loss(value)}, ${numbers}`
}
