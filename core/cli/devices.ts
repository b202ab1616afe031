import type { Command } from 'commander'
import type { TestedDevice } from '../engine/selection/selfTest.ts'
import type { Device } from '../engine/types.ts'
import { useHome } from '../jobs/home.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { bytes } from './format.ts'
import { table } from './table.ts'

export function addDevices(program: Command): void {
  addCommand(program, 'devices', {
    summary: 'show where this machine can compute',
    description:
      'Lists the engines and their devices, the fastest first, each tried in each precision with a training step of a small network: how far its gradients are from ONNX Runtime’s on the CPU in fp32, and how fast it is. What can’t be used is shown with the reason. Training tries them with its own network; see train --engine.',
    examples: ['devices', 'devices --json'],
  }).action((options: CommonOptions) =>
    perform(options, async ({ terminal }) => {
      useHome(options.home)
      const { listDevices } = await import('../jobs/devices.ts')
      const onProgress = ({ engine, name }: Device): void => terminal.note(`Trying ${engine} on ${name} …`)
      const result = await listDevices({ onProgress })
      terminal.result(result, () => {
        const versions = result.engines.map(({ name, version }) => `${name} ${version}`).join(', ')
        return `${devicesTable(result.devices)}\n\nEngines: ${versions}`
      })
    }),
  )
}

function devicesTable(devices: readonly TestedDevice[]): string {
  const columns = [
    { title: 'device' },
    { title: 'engine' },
    { title: 'name' },
    { title: 'memory', align: 'right' as const },
    { title: 'precision' },
    { title: 'differs from CPU', align: 'right' as const },
    { title: 'ms/image', align: 'right' as const },
    { title: 'usable' },
  ]
  return table(columns, devices.flatMap(deviceRows))
}

/** A row for each precision; what holds for all of them stands in the first. */
function deviceRows(device: TestedDevice): readonly (readonly string[])[] {
  const { id, engine, name, memory, trials, usable, reason } = device
  const own = [id, engine, name, memory === undefined ? (usable ? 'unknown' : '') : bytes(memory)]
  if (trials.length === 0) return [[...own, '', '', '', usableText({ usable, reason })]]
  return trials.map((trial, index) => [
    ...own.map((cell, column) => (index === 0 || column < 2 ? cell : '')),
    trial.precision,
    trial.selfTest ? trial.selfTest.difference.toExponential(0) : '',
    trial.selfTest ? (1000 * trial.selfTest.secondsPerImage).toFixed(2) : '',
    usableText(trial),
  ])
}

function usableText({ usable, reason }: { usable: boolean; reason?: string | undefined }): string {
  return usable ? 'yes' : `no: ${reason ?? 'unknown'}`
}
