import { Help, type Command } from 'commander'
import { tolerances } from '../engine/selection/tolerances.ts'
import type { TestedDevice } from '../engine/selection/selfTest.ts'
import type { Device, Precision } from '../engine/types.ts'
import { useHome } from '../jobs/context/home.ts'
import { placeText } from '../messages/en/computing.ts'
import { engineTitle } from '../messages/names.ts'
import { shown, type Shown } from '../messages/shown.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { bytes } from './format.ts'
import { table } from './table.ts'

export function addDevices(program: Command): void {
  addCommand(program, 'devices', {
    summary: 'show where this machine can compute',
    description:
      'Lists the engines and their devices, the fastest first, each tried in each precision with a training step of a small network: how far its gradients are from ONNX Runtime’s on the CPU in fp32, and how fast it trains, by that and by what this machine has shown before. What can’t be used is shown with the reason. Training tries the two that look best with its own network; see train --engine.',
    examples: ['devices', 'devices --json'],
  }).action((options: CommonOptions) =>
    perform(options, async ({ terminal }) => {
      const { folder } = useHome(options.home)
      const [{ listDevices }, { seenInSelfTests, trainingSpeed }, { openSpeeds }] = await Promise.all([
        import('../jobs/tasks/devices.ts'),
        import('../jobs/tasks/speed.ts'),
        import('../engine/selection/speeds.ts'),
      ])
      const onProgress = ({ engine, id, name }: Device): void =>
        terminal.note(`Trying ${placeText({ engine, device: id })} (${name}) …`)
      const result = await listDevices({ onProgress })
      const seen = [...openSpeeds(folder).list(), ...seenInSelfTests(result.devices)]
      const listed = result.devices.map((device) => ({
        ...device,
        speeds: device.precisions.map((precision) => ({
          precision,
          speed: trainingSpeed(seen, { engine: device.engine, device: device.id, precision }),
        })),
      }))
      terminal.result({ ...result, devices: listed }, () => {
        const versions = result.engines
          .map(({ name, version }) => `${engineTitle(name)} ${version}`)
          .join(', ')
        const devices = shown(listed, terminal.texts)
        return [devicesText(devices, Math.min(terminal.columns, mostColumns)), `Engines: ${versions}`].join(
          '\n\n',
        )
      })
    }),
  )
}

interface ListedDevice extends TestedDevice {
  /** Multiply-adds a second while training; null where nothing was seen. */
  readonly speeds: readonly { readonly precision: Precision; readonly speed: number | null }[]
}

/** Its sentences are read, also where they are piped. */
const mostColumns = 100

/** A table that fits a line of that width in cells, what its figures mean, and why what can't be used can't be. */
export function devicesText(devices: Shown<readonly ListedDevice[]>, cells: number): string {
  const columns = [
    { title: 'device' },
    { title: 'engine' },
    { title: 'name', shrinks: true },
    { title: 'memory', align: 'right' as const },
    { title: 'precision' },
    { title: 'differs', align: 'right' as const },
    { title: '10⁹/s', align: 'right' as const },
    { title: 'usable' },
  ]
  const wrapped = (text: string): string => new Help().boxWrap(text, cells)
  return [
    table(columns, devices.flatMap(deviceRows), cells),
    wrapped(meaning),
    ...devices.flatMap(refusals).map(wrapped),
  ].join('\n\n')
}

const meaning = `differs: how far the gradients of a small network’s training step are from ONNX Runtime’s on the CPU in fp32, of their largest. Up to ${tolerances.fp32} in fp32 and ${tolerances.bf16} in bf16, which keeps 8 bits of a number, is rounding; more is refused. 10⁹/s: billions of multiply-adds a second while training a network A at 64 pixels, by what this machine has shown; the window’s settings say the same.`

/** A row for each precision; what holds for all of them stands in the first. */
function deviceRows(device: Shown<ListedDevice>): readonly (readonly string[])[] {
  const { id, engine, name, memory, trials, speeds, usable } = device
  const own = [id, engine, name, memory === undefined ? (usable ? 'unknown' : '') : bytes(memory)]
  if (trials.length === 0) return [[...own, '', '', '', usable ? 'yes' : 'no']]
  return trials.map((trial, index) => [
    ...own.map((cell, column) => (index === 0 || column < 2 ? cell : '')),
    trial.precision,
    trial.selfTest ? differenceText(trial.selfTest.difference) : '',
    speedText(speeds.find(({ precision }) => precision === trial.precision)?.speed),
    trial.usable ? 'yes' : 'no',
  ])
}

/** `4.1`, `47` */
const speedText = (speed: number | null | undefined): string =>
  speed == null ? '' : (speed / 1e9).toFixed(speed < 1e10 ? 1 : 0)

/** `0`, `0.000004`, `0.4` */
function differenceText(difference: number): string {
  return difference === 0 ? '0' : difference.toFixed(Math.max(1, -Math.floor(Math.log10(difference))))
}

/** `cuda, onnxruntime: There is no NVIDIA GPU here.` */
function refusals({ id, engine, usable, reason, trials }: Shown<ListedDevice>): readonly string[] {
  const of = (precision: string, why: string | undefined): string =>
    `${id}, ${engine}${precision}: ${why ?? 'it is not known why it cannot be used.'}`
  if (trials.length === 0) return usable ? [] : [of('', reason)]
  return trials.flatMap((trial) =>
    trial.usable ? [] : [of(trials.length > 1 ? `, ${trial.precision}` : '', trial.reason)],
  )
}
