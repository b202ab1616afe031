import { Argument, type Command } from 'commander'
import { resolveHome } from '../jobs/home.ts'
import { addCommand, perform, type CommonOptions, type Session } from './command.ts'

interface InstallOptions extends CommonOptions {
  readonly cuda?: boolean
  readonly original?: boolean
}

export function addEngines(program: Command): void {
  const engines = program.command('engines').summary('install and remove what computes')
  addInstall(engines)
  addRemove(engines)
}

const engine = (): Argument => new Argument('<engine>', 'which').choices(['tensorflow'])

function addInstall(engines: Command): void {
  addCommand(engines, 'install', {
    summary: 'install the TensorFlow engine: faster training on CPUs, and NVIDIA GPUs',
    description:
      'Fetches libtensorflow from PyPI (260 MB; 800 MB on the disk), compiles the binding of tfjs-node against it, and trains a step with it before it is there to be used. For Linux x64; needs Python with pip, and a C++ compiler. Where it is installed already nothing happens.',
    examples: ['engines install tensorflow', 'engines install tensorflow --cuda'],
  })
    .addArgument(engine())
    .option('--cuda', 'for NVIDIA GPUs, with the CUDA 12 libraries (3 GB; 9 GB on the disk)')
    .option('--original', 'run tfjs-node’s own installer instead: older, also for macOS and Windows')
    .action((_engine: string, options: InstallOptions) =>
      perform(options, (session) => (options.original ? original(session) : install(session, options))),
    )
}

async function install({ terminal, signal }: Session, options: InstallOptions): Promise<void> {
  const { installTensorflow } = await import('../engine/tensorflow/install/install.ts')
  const labels = { download: 'Downloading', unpack: 'Unpacking', compile: 'Compiling', test: 'Testing' }
  const result = await installTensorflow({
    home: resolveHome(options.home).folder,
    variant: options.cuda ? 'cuda' : 'cpu',
    signal,
    onProgress: ({ phase, done, total }) =>
      terminal.progress.show({ label: labels[phase], done, total, secondsLeft: null }),
  })
  const { version, folder, installed } = result
  const happened = installed ? 'is installed in' : 'was there already, in'
  terminal.result(result, () => `TensorFlow ${version} ${happened} ${folder}.`)
}

async function original({ terminal, signal }: Session): Promise<void> {
  const { installOriginal } = await import('../engine/tensorflow/install/original.ts')
  const folder = await installOriginal((line) => terminal.note(line), signal)
  terminal.result({ folder }, () => `tfjs-node’s own TensorFlow is installed in ${folder}.`)
}

function addRemove(engines: Command): void {
  addCommand(engines, 'remove', {
    summary: 'remove an engine that was installed',
    description: 'Takes it off the disk. Runs and data sets stay; other engines go on with them.',
    examples: ['engines remove tensorflow'],
  })
    .addArgument(engine())
    .action((_engine: string, options: CommonOptions) =>
      perform(options, async ({ terminal }) => {
        const { removeTensorflow } = await import('../engine/tensorflow/install/install.ts')
        const removed = await removeTensorflow(resolveHome(options.home).folder)
        terminal.result({ removed }, () =>
          removed.length === 0 ? 'TensorFlow is not installed.' : `Removed ${removed.join(', ')}.`,
        )
      }),
    )
}
