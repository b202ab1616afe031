import { Argument, InvalidArgumentError, type Command } from 'commander'
import { findInstallable, installables } from '../engine/installables.ts'
import type { InstallVariant } from '../engine/installable.ts'
import type { EnginesResult, InstallableInfo } from '../jobs/tasks/engines.ts'
import type { InstallResult } from '../jobs/install.ts'
import type { UninstallResult } from '../jobs/uninstall.ts'
import { resolveHome } from '../jobs/context/home.ts'
import { shown, type Shown } from '../messages/shown.ts'
import { addCommand, perform, type CommonOptions, type Session } from './command.ts'
import { bytes } from './format.ts'
import { runJob } from './runJob.ts'
import { table } from './table.ts'

type Action = 'list' | 'install' | 'remove'
/** Options, with a switch for each variant that is not the default: `cuda`, `original`. */
type Options = CommonOptions & Readonly<Record<string, unknown>>

export function addEngines(program: Command): void {
  const command = addCommand(program, 'engines', {
    summary: 'list, install or remove additional engines: TensorFlow, NVIDIA GPUs',
    description:
      'Without an action, lists what is installed and what can be. Installing TensorFlow fetches libtensorflow from PyPI (260 MB; 800 MB on the disk), compiles the binding of tfjs-node against it, and trains a step with it before it can be used. It is for Linux x64, and needs Python with pip and a C++ compiler. Installing CUDA for ONNX Runtime fetches its provider and NVIDIA’s libraries from PyPI; it is for Linux x64 with an NVIDIA GPU, and needs Python with pip. What is already installed is left as it is. Removing deletes it from the disk; runs and data sets stay.',
    examples: [
      'engines',
      'engines install tensorflow',
      'engines install tensorflow --cuda',
      'engines install onnxruntime-cuda',
      'engines remove tensorflow',
    ],
  })
    .addArgument(
      new Argument('[action]', 'what to do').choices(['list', 'install', 'remove']).default('list'),
    )
    .addArgument(new Argument('[engine]', 'which one').choices(installables.map(({ name }) => name)))
  for (const { name, description } of flags()) command.option(`--${name}`, description)
  command.action((action: Action, name: string | undefined, options: Options) =>
    perform(options, (session) => act(session, action, name, options)),
  )
}

/** Variants that are not the usual one, each name once. */
function flags(): readonly InstallVariant[] {
  const all = installables.flatMap(({ variants: [, ...others] }) => others)
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index)
}

async function act(session: Session, action: Action, name: string | undefined, options: Options) {
  const asked = flags().filter((flag) => options[flag.name] === true)
  if (action !== 'install' && asked.length > 0)
    throw new InvalidArgumentError(`--${asked[0]!.name} goes with install.`)
  if (action === 'list') return list(session, options)
  if (name === undefined) {
    const names = installables.map((installable) => installable.name).join(', ')
    throw new InvalidArgumentError(`Say what to ${action}: ${names}.`)
  }
  if (action === 'remove') return remove(session, name)
  const { variants } = findInstallable(name)
  const other = asked.find((flag) => !variants.some((variant) => variant.name === flag.name))
  if (other) throw new InvalidArgumentError(`There is no --${other.name} of ${name}.`)
  if (asked.length > 1)
    throw new InvalidArgumentError(`--${asked[0]!.name} and --${asked[1]!.name} exclude each other.`)
  const result = await runJob(session, session.open(), 'install', { name, variant: asked[0]?.name })
  session.terminal.result(result, () => installedText(result))
}

async function list({ terminal }: Session, options: Options): Promise<void> {
  const { listEngines } = await import('../jobs/tasks/engines.ts')
  const result = await listEngines(resolveHome(options.home).folder)
  terminal.result(result, () => listText(shown(result, terminal.texts)))
}

async function remove(session: Session, name: string): Promise<void> {
  const result = await runJob(session, session.open(), 'uninstall', { name })
  session.terminal.result(result, () => removedText(result, titleOf(name)))
}

const titleOf = (name: string): string =>
  installables.find((installable) => installable.name === name)?.title ?? name

function installedText({ name, version, folder, installed }: InstallResult): string {
  return `${titleOf(name)} ${version} ${installed ? 'is installed in' : 'was there already, in'} ${folder}.`
}

function removedText({ removed }: UninstallResult, title: string): string {
  return removed.length === 0
    ? `Nothing of ${title} was installed into this data folder (copies elsewhere: see \`vgg-studio engines\`).`
    : `Removed ${removed.join(', ')}.`
}

function listText({ engines, installables: all }: Shown<EnginesResult>): string {
  const columns = [
    { title: 'installed' },
    { title: 'version' },
    { title: 'size', align: 'right' as const },
    { title: 'where' },
  ]
  const own = engines
    .filter(({ name }) => !all.some((installable) => installable.name === name))
    .map(({ name, version }) => [name, version, '', 'part of VGG Studio'])
  const copies = all.flatMap(({ name, variants, copies: found }) =>
    found.map(({ variant, version, bytes: size, folder, used }) => {
      const which = variant === variants[0]!.name ? name : `${name} ${variant}`
      return [which, version, bytes(size), used || found.length === 1 ? folder : `${folder} (not used)`]
    }),
  )
  return [table(columns, [...own, ...copies]), ...all.map(offerText)]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** The parts of an engine that could still be installed, and how; or what hinders it. */
function offerText({ name, title, description, variants, copies, obstacle }: Shown<InstallableInfo>): string {
  const missing = variants.filter((variant) => !copies.some((copy) => copy.variant === variant.name))
  if (missing.length === 0) return ''
  const rows = missing.map((variant) => [`  ${commandFor(name, variant, variants)}`, aboutVariant(variant)])
  const here = obstacle ? [`  ${obstacle.message} ${obstacle.hint ?? ''}`.trimEnd()] : []
  return [`${title}: ${description}`, ...here, table([{ title: '' }, { title: '' }], rows)].join('\n')
}

function commandFor(name: string, variant: InstallVariant, variants: readonly InstallVariant[]): string {
  const flag = variant === variants[0] ? '' : ` --${variant.name}`
  return `vgg-studio engines install ${name}${flag}`
}

function aboutVariant({ description, download, disk }: InstallVariant): string {
  if (download === null || disk === null) return description
  return `${description}; ${bytes(download)} to download, ${bytes(disk)} on the disk`
}
