import { mkdir } from 'node:fs/promises'
import { Option, type Command } from 'commander'
import { metrics, type Metric } from '../evaluation/metric.ts'
import { serverFolder, type Home } from '../jobs/context/home.ts'
import type { Settings } from '../server/api/types.ts'
import { openSettings, readSettings } from '../server/machine/settings.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'

interface Options extends CommonOptions {
  readonly metric?: Metric
}

export function addSettings(program: Command): void {
  addCommand(program, 'settings', {
    summary: 'show or change settings of the window and all commands',
    description:
      'Without an option, shows the settings. --metric says whether shares of images are shown as errors or as accuracy, everywhere: in the window, in what commands print, and in reports. With --json commands answer errors, whatever it says.',
    examples: ['settings', 'settings --metric accuracy'],
  })
    .addOption(new Option('--metric <metric>', 'what to show').choices(metrics))
    .action((options: Options) =>
      perform(options, async ({ terminal, open }) => {
        const { metric } = options
        const { home } = open({ reading: metric === undefined })
        const settings = await (metric === undefined
          ? readSettings(serverFolder(home))
          : change(home, metric))
        terminal.result(settings, () => `metric  ${settings.metric}\ntheme   ${settings.theme}`)
      }),
    )
}

/** A live server is told, so that its windows follow. */
async function change(home: Home, metric: Metric): Promise<Settings> {
  const { findLiveServer } = await import('../server/discovery.ts')
  const live = await findLiveServer(home)
  if (live) {
    const { askServer } = await import('../server/client.ts')
    return askServer(live, 'PATCH', '/api/settings', { metric })
  }
  const folder = serverFolder(home)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return (await openSettings(folder)).change({ metric })
}
