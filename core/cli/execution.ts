import { Option, type Command } from 'commander'
import { engineNames, precisions, type EngineName, type Precision } from '../engine/types.ts'

export interface ExecutionFlags {
  readonly engine?: EngineName | 'auto'
  readonly device?: string
  readonly precision?: Precision | 'auto'
}

/** Where to compute. Left out, the recipe decides. */
export function addExecution(command: Command): Command {
  return command
    .addOption(new Option('--engine <engine>', 'what computes').choices(['auto', ...engineNames]))
    .option('--device <device>', 'where, as `vgg-studio devices` names it (auto: the best)')
    .addOption(new Option('--precision <precision>', 'in which numbers').choices(['auto', ...precisions]))
}
