import { Option, type Command } from 'commander'
import type { Execution } from '../engine/execution.ts'
import { engineNames, precisions, type EngineName, type Precision } from '../engine/types.ts'

export interface ExecutionFlags {
  readonly engine?: EngineName | 'auto'
  readonly device?: string
  readonly precision?: Precision | 'auto'
}

/** Where to compute. Left out or auto, the studio decides. */
export function addExecution(command: Command): Command {
  return command
    .addOption(
      new Option('--engine <engine>', 'what computes (auto: the fastest here)').choices([
        'auto',
        ...engineNames,
      ]),
    )
    .option('--device <device>', 'where, as `vgg-studio devices` names it (auto: the fastest)')
    .addOption(
      new Option(
        '--precision <precision>',
        'in which numbers (auto: the fastest for training, else fp32)',
      ).choices(['auto', ...precisions]),
    )
}

/** `tensorflow 2.20.0 on cpu, fp32` */
export function placeOf({ engine, engineVersion, device, precision }: Execution): string {
  return `${engine} ${engineVersion} on ${device}, ${precision}`
}
