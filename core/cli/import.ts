import { resolve } from 'node:path'
import type { Command } from 'commander'
import { StudioError } from '../base/errors.ts'
import { importDefaults } from '../jobs/entry/defaults.ts'
import type { RelocateResult } from '../jobs/relocate.ts'
import { resolveSource } from '../jobs/dataset/source.ts'
import type { Registry } from '../registry/registry.ts'
import type { Dataset } from '../registry/types.ts'
import { addCommand, perform, type CommonOptions, type Session } from './command.ts'
import { correctionsOf, type CorrectionOptions } from './corrections.ts'
import { counted } from './format.ts'
import { differenceLines, importReport } from './importReport.ts'
import { fraction, whole } from './options.ts'
import { runJob } from './runJob.ts'

interface Options extends CommonOptions, CorrectionOptions {
  readonly name?: string
  readonly validation?: number
  readonly test?: number
  readonly seed?: number
  readonly limit?: number
  readonly difference?: boolean
  readonly moved?: string
}

export function addImport(program: Command): void {
  const { validation, test, seed } = importDefaults
  addCommand(program, 'import', {
    summary: 'check a labeled folder of images and register it as a data set',
    description: [
      'The folder has a subfolder for each class, or train, val and test folders with one. Images without a split are split here, always the same way for the same seed. Files that can’t be used are listed with the reason; duplicates and other problems for training are reported. Nothing is ever written into the folder.',
      'Importing it again makes a new version; runs keep theirs. Images keep their split, and corrections of single files (leave out, mislabeled, relabel) hold from version to version until they are taken back.',
    ].join('\n\n'),
    examples: [
      'import ~/pictures/flowers',
      'import ~/pictures/flowers --name flowers --validation 0.2 --test 0.1 --seed 7',
      'import ~/pictures/labels.csv --limit 5000',
      'import ~/pictures/flowers --leave-out daisy/3.jpg rose/8.jpg --relabel tulip/5.jpg=rose',
      'import ~/pictures/flowers --difference',
      'import /media/disk/flowers --moved flowers',
      'import resources/sample/fashion-mnist --json',
    ],
  })
    .argument('<source>', 'the folder, or a CSV file: path,label or path,label,split')
    .option('--name <name>', 'what to call the data set (default: the folder’s name)')
    .option(
      '--validation <fraction>',
      `share of each class for validation (default: as before, else ${validation})`,
      fraction,
    )
    .option(
      '--test <fraction>',
      `share of each class for testing (default: as before, else ${test})`,
      fraction,
    )
    .option('--seed <number>', `which random split (default: as before, else ${seed})`, whole(0))
    .option('--limit <images>', 'take only about this many, the same share of each class', whole(2))
    .option('--leave-out <file...>', 'files to leave out of the data set')
    .option('--mislabelled <file...>', 'files whose label is wrong; left out as well')
    .option('--relabel <file=class...>', 'files whose correct class is another one')
    .option('--take-back <file...>', 'files whose corrections are taken back')
    .option(
      '--difference',
      'only report what has changed since the last import: changed, missing, moved, new files',
    )
    .option(
      '--moved <data set>',
      'the data set (or one version of it: NAME@1) is here now: find its files by their content',
    )
    .action((source: string, options: Options) =>
      perform(options, (session) => {
        if (options.difference) return showDifference(session, source)
        if (options.moved !== undefined) return relocate(session, source, options.moved)
        return importSource(session, source, options)
      }),
    )
}

async function importSource(session: Session, source: string, options: Options): Promise<void> {
  const { name, validation, test, seed, limit } = options
  const corrections = await correctionsOf(source, options)
  const result = await runJob(session, session.open(), 'import', {
    source,
    name,
    ...(validation === undefined ? {} : { validation }),
    ...(test === undefined ? {} : { test }),
    ...(seed === undefined ? {} : { seed }),
    ...(limit === undefined ? {} : { limit }),
    ...(corrections.length === 0 ? {} : { corrections }),
  })
  session.terminal.result(result, () => importReport(result, session.terminal))
}

async function showDifference(session: Session, source: string): Promise<void> {
  const context = session.open()
  const { id } = await importedFrom(context.registry, source)
  const result = await runJob(session, context, 'difference', { dataset: id, contents: true })
  session.terminal.result(result, () =>
    differenceLines(result, `Since ${result.dataset} “${result.name}”, version ${result.version}`).join('\n'),
  )
}

async function importedFrom({ datasets }: Registry, source: string): Promise<Dataset> {
  const { path, location } = await resolveSource(source)
  const dataset = datasets.latestOf(location)
  if (dataset) return dataset
  throw new StudioError('not-found', { what: 'import', path })
}

async function relocate(session: Session, folder: string, reference: string): Promise<void> {
  const context = session.open()
  const { id } = context.registry.datasets.get(reference)
  const result = await runJob(session, context, 'relocate', { dataset: id, folder: resolve(folder) })
  session.terminal.result(result, () => relocationText(result))
}

function relocationText({ dataset, version, name, root, ...found }: RelocateResult): string {
  const what = `Data set ${dataset} “${name}”, version ${version},`
  const { followed, stayed } = found
  const others = [
    ...(followed.length > 0 ? [`Other versions that lie there now: ${followed.join(', ')}.`] : []),
    ...(stayed.length > 0
      ? [`Other versions that stay, since files are missing: ${stayed.join(', ')}.`]
      : []),
  ]
  if (!found.changed) return [`${what} lies in ${root} now. Its runs continue with it.`, ...others].join('\n')
  const lines = found.missing.slice(0, 20).map((path) => `  ${path}`)
  const more = found.missing.length - lines.length
  return [
    `${what} lies in ${root}: some of its files are renamed or missing, so runs keep the version before.`,
    ...others,
    ...(lines.length > 0 ? [`${counted(found.missing.length, 'image')} not found:`, ...lines] : []),
    ...(more > 0 ? [`  and ${counted(more, 'other')} (--json lists them all)`] : []),
  ].join('\n')
}
