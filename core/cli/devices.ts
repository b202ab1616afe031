import { Help, type Command } from 'commander'
import { tolerances } from '../engine/selection/tolerances.ts'
import type { TestedDevice } from '../engine/selection/selfTest.ts'
import type { Device } from '../engine/types.ts'
import { useHome } from '../jobs/context/home.ts'
import { shown, type Shown } from '../messages/shown.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { bytes } from './format.ts'
import { table } from './table.ts'

export function addDevices(program: Command): void {
  addCommand(program, 'devices', {
    summary: 'show where this machine can compute',
    description:
      'Lists the engines and their devices, the fastest first, each tried in each precision with a training step of a small network: how far its gradients are from ONNX Runtime’s on the CPU in fp32, and how fast it is. What can’t be used is shown with the reason. Training tries the two that look best with its own network; see train --engine.',
    examples: ['devices', 'devices --json'],
  }).action((options: CommonOptions) =>
    perform(options, async ({ terminal }) => {
      useHome(options.home)
      const { listDevices } = await import('../jobs/tasks/devices.ts')
      const onProgress = ({ engine, name }: Device): void => terminal.note(`Trying ${engine} on ${name} …`)
      const result = await listDevices({ onProgress })
      terminal.result(result, () => {
        const versions = result.engines.map(({ name, version }) => `${name} ${version}`).join(', ')
        const devices = shown(result.devices, terminal.texts)
        return [devicesText(devices, terminal.columns), `Engines: ${versions}`].join('\n\n')
      })
    }),
  )
}

/** A table that fits a line of that width in cells, what its figures mean, and why what can't be used can't be. */
export function devicesText(devices: Shown<readonly TestedDevice[]>, cells: number): string {
  const columns = [
    { title: 'device' },
    { title: 'engine' },
    { title: 'name', shrinks: true },
    { title: 'memory', align: 'right' as const },
    { title: 'precision' },
    { title: 'differs', align: 'right' as const },
    { title: 'ms/image', align: 'right' as const },
    { title: 'usable' },
  ]
  const wrapped = (text: string): string => new Help().boxWrap(text, cells)
  return [
    table(columns, devices.flatMap(deviceRows), cells),
    wrapped(meaning),
    ...devices.flatMap(refusals).map(wrapped),
  ].join('\n\n')
}

const meaning = `differs: how far the gradients of a small network’s training step are from ONNX Runtime’s on the CPU in fp32, of their largest. Up to ${tolerances.fp32} in fp32 and ${tolerances.bf16} in bf16, which keeps 8 bits of a number, is rounding; more is refused.`

/** A row for each precision; what holds for all of them stands in the first. */
function deviceRows(device: Shown<TestedDevice>): readonly (readonly string[])[] {
  const { id, engine, name, memory, trials, usable } = device
  const own = [id, engine, name, memory === undefined ? (usable ? 'unknown' : '') : bytes(memory)]
  if (trials.length === 0) return [[...own, '', '', '', usable ? 'yes' : 'no']]
  return trials.map((trial, index) => [
    ...own.map((cell, column) => (index === 0 || column < 2 ? cell : '')),
    trial.precision,
    trial.selfTest ? differenceText(trial.selfTest.difference) : '',
    trial.selfTest ? (1000 * trial.selfTest.secondsPerImage).toFixed(2) : '',
    trial.usable ? 'yes' : 'no',
  ])
}

/** `0`, `0.000004`, `0.4` */
function differenceText(difference: number): string {
  return difference === 0 ? '0' : difference.toFixed(Math.max(1, -Math.floor(Math.log10(difference))))
}

/** `cuda, onnxruntime: There is no NVIDIA GPU here.` */
function refusals({ id, engine, usable, reason, trials }: Shown<TestedDevice>): readonly string[] {
  const of = (precision: string, why: string | undefined): string =>
    `${id}, ${engine}${precision}: ${why ?? 'it is not known why it cannot be used.'}`
  if (trials.length === 0) return usable ? [] : [of('', reason)]
  return trials.flatMap((trial) =>
    trial.usable ? [] : [of(trials.length > 1 ? `, ${trial.precision}` : '', trial.reason)],
  )
}
