import { Argument, type Command } from 'commander'
import { resolveHome } from '../jobs/home.ts'
import { addCommand, perform, type CommonOptions, type Session } from './command.ts'
import { bytes } from './format.ts'

interface Options extends CommonOptions {
  readonly cuda?: boolean
  readonly original?: boolean
}

export function addEngines(program: Command): void {
  addCommand(program, 'engines', {
    summary: 'install or remove the TensorFlow engine: faster training, and NVIDIA GPUs',
    description:
      'Installing fetches libtensorflow from PyPI (260 MB; 800 MB on the disk), compiles the binding of tfjs-node against it, and trains a step with it before it is there to be used. It is for Linux x64, and needs Python with pip and a C++ compiler. Where it is installed already nothing happens. Removing takes it off the disk; runs and data sets stay.',
    examples: [
      'engines install tensorflow',
      'engines install tensorflow --cuda',
      'engines remove tensorflow',
    ],
  })
    .addArgument(new Argument('<action>').choices(['install', 'remove']))
    .addArgument(new Argument('<engine>').choices(['tensorflow']))
    .option('--cuda', 'for NVIDIA GPUs, with the CUDA 12 libraries (3 GB; 9 GB on the disk)')
    .option('--original', 'run tfjs-node’s own installer instead: older, also for macOS and Windows')
    .action((action: 'install' | 'remove', _engine: string, options: Options) =>
      perform(options, (session) => {
        if (action === 'remove') return remove(session, options)
        return options.original ? installOriginally(session) : install(session, options)
      }),
    )
}

const labels = { download: 'Downloading', unpack: 'Unpacking', compile: 'Compiling', test: 'Testing' }

async function install({ terminal, signal }: Session, options: Options): Promise<void> {
  const { installTensorflow } = await import('../engine/tensorflow/install/install.ts')
  const result = await installTensorflow({
    home: resolveHome(options.home).folder,
    variant: options.cuda ? 'cuda' : 'cpu',
    signal,
    onProgress({ phase, done, total }) {
      const detail = phase === 'download' ? { detail: `${bytes(done)} of ${bytes(total)}` } : {}
      terminal.progress.show({ label: labels[phase], done, total, secondsLeft: null, ...detail })
    },
  })
  const { version, folder, installed } = result
  const happened = installed ? 'is installed in' : 'was there already, in'
  terminal.result(result, () => `TensorFlow ${version} ${happened} ${folder}.`)
}

async function installOriginally({ terminal, signal }: Session): Promise<void> {
  const { installOriginal } = await import('../engine/tensorflow/install/original.ts')
  const folder = await installOriginal((line) => terminal.note(line), signal)
  terminal.result({ folder }, () => `tfjs-node’s own TensorFlow is installed in ${folder}.`)
}

async function remove({ terminal }: Session, options: Options): Promise<void> {
  const { removeTensorflow } = await import('../engine/tensorflow/install/install.ts')
  const removed = await removeTensorflow(resolveHome(options.home).folder)
  terminal.result({ removed }, () =>
    removed.length === 0 ? 'TensorFlow is not installed.' : `Removed ${removed.join(', ')}.`,
  )
}
