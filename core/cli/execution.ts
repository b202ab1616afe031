import { Option, type Command } from 'commander'
import type { Execution } from '../engine/execution.ts'
import { engineNames, precisions, type EngineName, type Precision } from '../engine/types.ts'
import { placeText } from '../messages/en/computing.ts'

export interface ExecutionFlags {
  readonly engine?: EngineName | 'auto'
  readonly device?: string
  readonly precision?: Precision | 'auto'
}

/** What `auto` means: `fastest` of what is here, what the run was trained with (`trained`), the `usual` CPU. */
const meanings = {
  fastest: { place: 'the fastest here', precision: 'the fastest for training, else fp32' },
  trained: { place: 'where the run was trained, if that is here', precision: 'fp32' },
  usual: { place: 'ONNX Runtime on the CPU', precision: 'fp32' },
} as const

/** Where to compute. Left out or auto, the studio decides. */
export function addExecution(command: Command, auto: keyof typeof meanings): Command {
  const { place, precision } = meanings[auto]
  return command
    .addOption(
      new Option('--engine <engine>', `engine to compute with (auto: ${place})`).choices([
        'auto',
        ...engineNames,
      ]),
    )
    .option('--device <device>', 'device, as `vgg-studio devices` names it (auto: likewise)')
    .addOption(
      new Option('--precision <precision>', `number format (auto: ${precision})`).choices([
        'auto',
        ...precisions,
      ]),
    )
}

/** `TensorFlow 2.20.0 on the CPU, fp32` */
export const executionText = (execution: Execution): string =>
  `${placeText(execution)}, ${execution.precision}`
