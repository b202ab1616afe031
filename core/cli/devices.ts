import type { Command } from 'commander'
import type { Device } from '../engine/types.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { bytes } from './format.ts'
import { table } from './table.ts'

export function addDevices(program: Command): void {
  addCommand(program, 'devices', {
    summary: 'show where this machine can compute',
    description:
      'The engines and their devices, each tried with a training step of a small network: how far its gradients are from the CPU’s, and how fast it is. What can’t be used is shown with the reason.',
    examples: ['devices', 'devices --json'],
  }).action((options: CommonOptions) =>
    perform(options, async ({ terminal }) => {
      const { listDevices } = await import('../jobs/devices.ts')
      const onProgress = ({ name }: Device): void => terminal.note(`Trying ${name} …`)
      const result = await listDevices({ onProgress })
      terminal.result(result, () => {
        const versions = result.engines.map(({ name, version }) => `${name} ${version}`).join(', ')
        return `${devicesTable(result.devices)}\n\nEngines: ${versions}`
      })
    }),
  )
}

function devicesTable(devices: readonly Device[]): string {
  const columns = [
    { title: 'device' },
    { title: 'engine' },
    { title: 'name' },
    { title: 'precision' },
    { title: 'memory', align: 'right' as const },
    { title: 'differs from CPU', align: 'right' as const },
    { title: 'ms/image', align: 'right' as const },
    { title: 'usable' },
  ]
  const rows = devices.map(({ id, engine, name, precisions, memory, usable, reason, selfTest }) => [
    id,
    engine,
    name,
    precisions.join(', '),
    memory === undefined ? '' : bytes(memory),
    selfTest ? selfTest.difference.toExponential(0) : '',
    selfTest ? (1000 * selfTest.secondsPerImage).toFixed(1) : '',
    usable ? 'yes' : `no: ${reason ?? 'unknown'}`,
  ])
  return table(columns, rows)
}
