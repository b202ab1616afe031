import { resolve } from 'node:path'
import { Argument, InvalidArgumentError, type Command } from 'commander'
import type { Metric } from '../evaluation/metric.ts'
import { resolveHome } from '../jobs/context/home.ts'
import type { Catalog } from '../messages/catalog.ts'
import { lineOf } from '../messages/text.ts'
import type { AnyArchitecture } from '../network/architectures/index.ts'
import type { WeightsList } from '../jobs/weights/kept.ts'
import type { WeightsResult } from '../jobs/importWeights.ts'
import { isPadded } from '../image/types.ts'
import type { ResizeRule } from '../weights/preprocessings.ts'
import { addCommand, addMetric, perform, type CommonOptions, type Session } from './command.ts'
import { bytes, count, loss, measured } from './format.ts'
import { runJob } from './runJob.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

type Action = 'list' | 'get' | 'import' | 'remove'

interface Options extends CommonOptions {
  readonly name?: string
  readonly preprocessing?: string
  readonly dataset?: string
  readonly license?: string
  readonly convolutionsOnly?: boolean
}

export function addWeights(program: Command): void {
  const command = addCommand(program, 'weights', {
    summary: 'list, get, import or remove pretrained weights to start from',
    description:
      'Without an action, lists the weights that are here and those that can be downloaded. `get` downloads published weights and checks them; `import` reads a file: PyTorch’s .pth, safetensors, Keras’ .h5 and .keras, ONNX, or what the studio itself has written. Nothing in a file is executed. A file that `get` would download is recognized wherever it comes from. Start a run from weights with: vgg-studio train FOLDER --from NAME.',
    examples: [
      'weights',
      'weights get vgg16-features',
      'weights import vgg16_weights.h5 --name keras-vgg16 --preprocessing caffe',
      'weights import unknown.pth --dataset flowers',
      'weights remove keras-vgg16',
    ],
  })
  addMetric(command)
    .addArgument(
      new Argument('[action]', 'what to do').choices(['list', 'get', 'import', 'remove']).default('list'),
    )
    .argument('[which]', 'a name, or for import a file')
    .option('--name <name>', 'what to call imported weights (default: the file’s name)')
    .option('--preprocessing <id>', 'how images are prepared for them, where the file does not say')
    .option(
      '--dataset <dataset>',
      'data set on whose images preprocessings are tried, where nothing says which',
    )
    .option('--license <license>', 'license of the imported weights')
    .option('--convolutions-only', 'leave out the classifier')
    .action((action: Action, which: string | undefined, options: Options) =>
      perform(options, (session) => act(session, action, which, options)),
    )
}

async function act(session: Session, action: Action, which: string | undefined, options: Options) {
  const { terminal } = session
  const { name, preprocessing, dataset, license, convolutionsOnly } = options
  // It brings the schemas, which not every command should wait for.
  const { entryOf } = await import('../network/architectures/index.ts')
  if (
    action !== 'import' &&
    [name, preprocessing, dataset, license, convolutionsOnly].some((given) => given !== undefined)
  )
    throw new InvalidArgumentError(
      '--name, --preprocessing, --dataset, --license and --convolutions-only go with import.',
    )
  if (action === 'list') {
    const { listWeights } = await import('../jobs/weights/kept.ts')
    const result = await listWeights(resolveHome(options.home))
    return terminal.result(result, () => listText(result, entryOf, terminal.metric))
  }
  if (which === undefined)
    throw new InvalidArgumentError(
      action === 'import' ? 'Say which file to import.' : `Say what to ${action}.`,
    )
  if (action === 'remove') {
    const { removeWeights } = await import('../jobs/weights/kept.ts')
    const result = await removeWeights(resolveHome(options.home), which)
    return terminal.result(result, () => `Removed ${result.removed}. Runs that started from it stay.`)
  }
  const result =
    action === 'get'
      ? await runJob(session, session.open(), 'getWeights', { name: which })
      : await runJob(session, session.open(), 'importWeights', {
          source: resolve(which),
          ...{ name, preprocessing, dataset, license, convolutionsOnly },
        })
  terminal.result(result, () => resultText(result, entryOf, terminal))
}

type EntryOf = (network: WeightsResult['entry']['network']) => AnyArchitecture

function resultText(
  { entry, path, imported, tried }: WeightsResult,
  entryOf: EntryOf,
  { metric, texts }: Pick<Terminal, 'metric' | 'texts'>,
): string {
  const { name, attribution, normalization, resize, preprocessing } = entry
  const values = (numbers: readonly number[]): string => numbers.map((n) => String(+n.toFixed(3))).join(', ')
  return [
    imported ? `${name} is in ${path}.` : `${name} was there already, in ${path}.`,
    `Network: ${networkText(entry, entryOf)}.`,
    `Images: RGB levels less ${values(normalization.mean)}, divided by ${values(normalization.std)} (${preprocessing.id}, ${preprocessing.how}).`,
    ...(resize ? [resizeText(resize)] : []),
    ...(tried ? [triedText(tried, metric, texts)] : []),
    `License: ${attribution.license ?? 'unknown'}. ${attribution.text}`,
    `Next: vgg-studio train FOLDER --preset fine-tune --from ${name}`,
  ].join('\n')
}

const resizeText = ({ mode, scale, crop }: ResizeRule): string =>
  mode === 'squash'
    ? `They are made ${crop}×${crop} whatever their proportions, unless a run says otherwise.`
    : `Their ${isPadded(mode) ? 'longer' : 'shorter'} side becomes ${scale}, and the middle ${crop}×${crop} is cut out, or as much of it in proportion, unless a run says otherwise.`

/** What was tried on images: the first is what the weights are kept with. */
function triedText(tried: NonNullable<WeightsResult['tried']>, metric: Metric, texts: Catalog): string {
  const rows = tried.map(({ id, title, loss: value, accuracy, images, behind }, index) => [
    id,
    lineOf(texts, title),
    loss(value),
    index === 0 ? '' : `${loss(behind.mean)} ± ${loss(2 * behind.error)}`,
    measured(1 - accuracy, metric),
    count(images),
  ])
  const alike = tried.filter(({ behind }) => behind.mean <= 2 * behind.error).map(({ id }) => id)
  const right = 'right' as const
  const columns = [
    { title: 'preprocessing' },
    { title: '' },
    { title: 'loss', align: right },
    { title: 'more than the first', align: right },
    { title: metric, align: right },
    { title: 'n', align: right },
  ]
  return [
    'Tried on training images, each classified by all others (loss: mean squared distance from its class); the first fits best:',
    table(columns, rows),
    ...(alike.length > 1
      ? [
          `These images do not tell ${alike.join(', ')} apart (95%). Where the makers of the weights say how they prepared images, go by that.`,
        ]
      : []),
    'To choose another: remove the weights, and import them with --preprocessing ID.',
  ].join('\n')
}

function networkText({ network, classifier, labels }: WeightsResult['entry'], entryOf: EntryOf): string {
  const { titleOf, widthOf } = entryOf(network)
  const share = widthOf(network)
  const width = share === 1 ? '' : `, ${+share.toFixed(3)} as wide`
  const named = labels ? ', named' : ''
  return `${titleOf(network)}${width}, ${classifier ? `${network.classes} classes${named}` : 'convolutions only'}`
}

function listText({ here, offered }: WeightsList, entryOf: EntryOf, metric: Metric): string {
  const own = here.map((entry) => [
    entry.name,
    networkText(entry, entryOf),
    entry.attribution.license ?? 'unknown',
  ])
  const others = offered.map(({ name, title, bytes: size, accuracy, attribution }) => [
    name,
    title,
    bytes(size),
    accuracy ? measured(1 - accuracy.top1 / 100, metric) : '',
    attribution.license ?? 'unknown',
  ])
  const right = 'right' as const
  return [
    own.length === 0
      ? 'There are no pretrained weights here yet.'
      : table([{ title: 'weights' }, { title: 'network' }, { title: 'license' }], own),
    table(
      [
        { title: 'to get' },
        { title: 'network' },
        { title: 'size', align: right },
        { title: `top-1 ${metric}`, align: right },
        { title: 'license' },
      ],
      others,
    ),
    'Top-1 as their makers state it, on ImageNet (n = 50,000). Downloads are checked by their SHA-256: by the whole of it, or, where nobody has published that, by the first 8 digits, which torchvision puts into the names of its files. Get one with: vgg-studio weights get NAME',
  ].join('\n\n')
}
