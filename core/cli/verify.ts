import type { Command } from 'commander'
import { certificateText } from '../messages/en/words.ts'
import type { Verification } from '../export/verify.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'

export function addVerify(program: Command): void {
  addCommand(program, 'verify', {
    summary: 'check an export: its files, and that it still computes what was measured',
    description:
      'Compares the files with their SHA-256 sums, and runs the pictures that every export carries through the model with the programs that opened it when it was made. Exits with 1 where something differs. No program that lies in the folder is run.',
    examples: ['verify flowers-onnx', 'verify flowers-onnx --json'],
  })
    .argument('<folder>', 'the folder of an export')
    .action((folder: string, options: CommonOptions) =>
      perform(options, async ({ terminal, signal }) => {
        const { verifyExport } = await import('../export/verify.ts')
        const result = await verifyExport({ folder, signal })
        terminal.result(result, () => textOf(result))
        return result.passed ? 0 : 1
      }),
    )
}

function textOf({ folder, changed, certificate, passed }: Verification): string {
  return [
    ...changed.map((name) => `${name} is not what was written.`),
    certificateText(certificate),
    passed ? `${folder} computes what was measured.` : `${folder} is not what was exported: don’t use it.`,
  ].join('\n')
}
