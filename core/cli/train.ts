import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { StudioError } from '../base/errors.ts'
import { importDefaults } from '../jobs/entry/defaults.ts'
import type { TrainResult } from '../jobs/training/runTraining.ts'
import { initializations } from '../network/initialize.ts'
import { transferModes } from '../network/transfer.ts'
import { allConfigs } from '../network/architectures/names.ts'
import type { Run, StoredOptions } from '../registry/types.ts'
import { addCommand, addMetric, perform, type CommonOptions, type Session } from './command.ts'
import { addExecution } from './execution.ts'
import { counted, duration, loss, measured, ofImages } from './format.ts'
import { collect, fraction, isPlan, microBatch, names, positive, scale, whole } from './options.ts'
import type { PlanFlags } from './plan.ts'
import type { RecipeFlags } from './recipe.ts'
import { runJob } from './runJob.ts'
import type * as SettingsHelp from './settingsHelp.ts'
import type { Terminal } from './terminal.ts'

interface Options extends CommonOptions, RecipeFlags, PlanFlags {
  readonly name?: string
  readonly like?: string
  readonly validation?: number
  readonly test?: number
  readonly skipTrials?: boolean
}

/** Exit code of a person's no. */
const notStarted = 1
const stopping = 'Stopping: the step is finished and saved. Press Ctrl-C again to end at once.'

export function addTrain(program: Command): void {
  const command = addCommand(program, 'train', {
    summary: 'train a network on a data set or a folder',
    description:
      'Starts a run. A folder is imported first. Settings come from the preset (or, with --like, from another run, whatever came of it), then the recipe file, then the flags, then --set; defaults are those of the network’s paper. Ctrl-C stops after the step and saves; resume continues exactly where it was. With --json each event is a line; the last one is the result.',
    examples: [
      'train ~/pictures/flowers --config A --batch-norm --crop 64 --epochs 20',
      'train d1 --config D --crop 224 --scale 256-512 --batch 256 --from r1',
      'train flowers --preset fine-tune --from vgg16-features --crop 128',
      'train flowers --preset small-images --set optimization.weightDecay=0.001 --json',
      'train d1 --config D --crop 224 --staged',
      'train flowers --preset small-images --vary optimization.learningRate=0.003,0.01,0.03 --vary data.scale=64,64-96 --halving 3',
      'train --like r1 --set optimization.learningRate=0.003',
    ],
  })
    .argument(
      '[dataset]',
      'a data set: its id, its name, or last; or the path of a folder (default: that of --like)',
    )
    .optionsGroup('Network:')
    .addOption(new Option('--config <config>', 'network (default: A)').choices(allConfigs))
    .option('--batch-norm', 'batch normalization after each convolution (VGG)')
    .option('--no-batch-norm', 'no batch normalization, where a preset or recipe has it')
    .optionsGroup('Images:')
    .option('--crop <pixels>', 'side of the square input (default: 224, alexnet 227)', whole(32, 4096))
    .option('--scale <pixels>', 'shorter side S of the images, 256 or a range 256-512', scale)
    .option(
      '--validation <fraction>',
      'validation share, for a folder without splits (default: 0.15)',
      fraction,
    )
    .option('--test <fraction>', 'test share, for a folder without splits (default: 0.15)', fraction)
    .optionsGroup('Optimization:')
    .option(
      '--epochs <number>',
      'passes over the training images (default: 74, alexnet 90, googlenet 60, resnet 120)',
      whole(1, 1_000_000),
    )
    .option(
      '--batch <images>',
      'images per update (default: 256, alexnet 128, googlenet 32)',
      whole(1, 65_536),
    )
    .option('--learning-rate <rate>', 'learning rate at the start (default: 0.01, resnet 0.1)', positive)
    .addOption(
      new Option('--schedule <kind>', 'how the rate falls (default: plateau)').choices([
        'plateau',
        'step',
        'cosine',
        'constant',
      ]),
    )
    .option('--seed <number>', 'seed of everything random (default: 0)', whole(0))
    .optionsGroup('Initial weights:')
    .addOption(
      new Option(
        '--initialization <kind>',
        'random weights (default: torchvision, he-small-last below 2,048 FC features)',
      ).choices(initializations),
    )
    .option('--from <name>', 'start from the weights of another run, or from pretrained ones (see weights)')
    .addOption(
      new Option(
        '--transfer <mode>',
        'which weights: as in the paper’s staged training, or all that fit',
      ).choices(transferModes),
    )
    .addOption(
      new Option(
        '--staged',
        'as in the paper: the shallowest network first, this one from it, then at larger and at jittered scales; several runs as one plan',
      ).conflicts(['scale', 'from']),
    )
    .option('--freeze <layers>', 'layers that are not trained: features,classifier.0', names)
    .optionsGroup('Several runs as one:')
    .addOption(
      new Option(
        '--vary <key=values>',
        'a sweep: one run for each value, optimization.learningRate=0.01,0.03; with several of these for each combination; seed=0,1,2 repeats each',
      )
        .argParser(collect)
        .conflicts('staged'),
    )
    .option('--most <runs>', 'maximum number of runs of a sweep', whole(1, 500), 20)
    .option(
      '--halving <epochs>',
      'successive halving: after this many epochs the better half is trained for as many again, and so forth',
      whole(1, 1_000_000),
    )
    .optionsGroup('Where to compute:')
    .option('--micro-batch <images>', 'images in memory at once, or auto', microBatch)
    .option('--skip-trials', 'skip trial steps; earlier measurements choose the device')
  addExecution(command, 'fastest')
    .optionsGroup('Recipe:')
    .option('--preset <name>', 'a recipe that comes with the studio; listed below')
    .addOption(
      new Option(
        '--like <run>',
        'the data set and the settings of another run: its id, its name, or last',
      ).conflicts('preset'),
    )
    .option('--recipe <file>', 'a JSON file with recipe settings')
    .option('--set <key=value>', 'one setting of the recipe, see below; can be repeated', collect)
    .option('--name <name>', 'what to call the run')
    .addHelpText('after', settingsHelp)
    .action((dataset: string | undefined, options: Options) => {
      if (dataset === undefined && options.like === undefined)
        throw new InvalidArgumentError('Name a data set or a folder to train on, or a run with --like RUN.')
      return perform(
        options,
        async (session) => {
          const { name, skipTrials } = options
          const { askedRecipe } = await import('./recipe.ts')
          const { plannedAs, trainPlanned } = await import('./plan.ts')
          const planned = plannedAs(options)
          const like =
            options.like === undefined
              ? null
              : session.open({ reading: true }).registry.runs.get(options.like)
          const { recipe, blame } = await askedRecipe(options, like?.recipe as object | undefined)
          const context = session.open({ stream: true })
          const split = askedSplit(options)
          const where = dataset ?? ownDataset(like!)
          const input = {
            ...{ dataset: where, name, recipe, skipTrials, import: split },
            ...(like && { like: like.id }),
          }
          try {
            const { confirmSettings } = await import('./questions.ts')
            const { terminal, signal } = session
            const asked = { recipe, dataset: where, split }
            if (!(await confirmSettings(terminal, context.registry, asked, signal))) return notStarted
            if (planned !== null) return await trainPlanned(session, context, input, planned)
            return printResult(session, await runJob(session, context, 'train', input))
          } catch (error) {
            throw blame(error)
          }
        },
        stopping,
      )
    })
  addMetric(command)
}

/** @throws StudioError `not-found` where it was deleted */
function ownDataset(like: Run): string {
  if (like.dataset === null)
    throw new StudioError('not-found', { what: 'dataset-to-start-again', run: like.id })
  return like.dataset
}

/** Loaded where it is asked for, at once: commander can't wait, and every command would wait for zod. */
function settingsHelp(): string {
  const module = `./settingsHelp${extname(import.meta.url)}`
  const { settingsText } = createRequire(import.meta.url)(module) as typeof SettingsHelp
  return settingsText()
}

/** Undefined where nothing was asked for. */
function askedSplit({ validation, test }: Options): StoredOptions | undefined {
  if (validation === undefined && test === undefined) return undefined
  const { validation: defaultValidation, test: defaultTest, seed } = importDefaults
  return { validation: validation ?? defaultValidation, test: test ?? defaultTest, seed }
}

export function addResume(program: Command): void {
  const command = addCommand(program, 'resume', {
    summary: 'resume a run, or a plan of several, that was stopped or interrupted',
    description:
      'Resumes from the last checkpoint, exactly as if it had not stopped; if that file is damaged, from the newest intact one. A plan does what it has left to do.',
    examples: ['resume r1', 'resume last --json'],
  })
  addMetric(command)
    .argument('<run>', 'a run: its id, its name, or last; or a plan: its id')
    .action((run: string, options: CommonOptions) =>
      perform(
        options,
        async (session) => {
          const context = session.open({ stream: true })
          if (isPlan(run)) return await (await import('./plan.ts')).carryOut(session, context, run)
          return printResult(session, await runJob(session, context, 'resume', { run }))
        },
        stopping,
      ),
    )
}

function printResult({ terminal, interruptCode }: Session, result: TrainResult): number {
  const { status, ...rest } = result
  terminal.result({ event: status, ...rest }, () => textOf(result, terminal))
  return status === 'stopped' ? interruptCode() : 0
}

function textOf(result: TrainResult, { colors, metric }: Terminal): string {
  const { run, name, status, epochs, best, validation, stoppedEarly, checkpoints } = result
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0)
  const early = stoppedEarly ? ', ended early since nothing improved' : ''
  const head = `Run ${colors.bold(run)} “${name}” ${status} after ${counted(epochs.length, 'epoch')} (${duration(seconds)})${early}`
  const outcome =
    best && validation
      ? `Best epoch ${best.epoch}: validation top-1 ${metric} ${colors.bold(measured(validation.top1Error, metric))}, top-5 ${metric} ${measured(validation.top5Error, metric)}, loss ${loss(validation.loss)}${ofImages(validation.images)}; it was chosen on these images, so expect slightly worse on others`
      : null
  const next =
    status === 'completed' ? `Next: vgg-studio evaluate ${run}` : `Resume it with: vgg-studio resume ${run}`
  return [head, outcome, `Checkpoint: ${checkpoints.best ?? checkpoints.last}`, next]
    .filter((line) => line !== null)
    .join('\n')
}
