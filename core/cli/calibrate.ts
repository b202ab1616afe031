import type { Command } from 'commander'
import type { RunTemperature } from '../jobs/statistics/temperatures.ts'
import { addCommand, perform, type CommonOptions } from './command.ts'
import { addExecution, type ExecutionFlags } from './execution.ts'
import { counted, loss } from './format.ts'
import { runJob } from './runJob.ts'

interface Options extends CommonOptions, ExecutionFlags {
  readonly checkpoint?: string
  readonly like?: string
}

export function addCalibrate(program: Command): void {
  const command = addCommand(program, 'calibrate', {
    summary: 'fit a run’s temperature on its validation images',
    description:
      'One number that makes the network’s probabilities mean what they say, without changing an answer. It is fitted on validation images, never on test images, and kept with the run: predict --calibrated and export --calibrated use it, and stats shows what it does.',
    examples: ['calibrate r1', 'calibrate r1 --checkpoint last', 'calibrate r1 --like e3 --json'],
  })
    .argument('<run>', 'a run: its id, its name, or last')
    .option('--checkpoint <kind>', 'best, last or epoch-5, as `show` lists them (default: best)')
    .option('--like <evaluation>', 'for the checkpoint and protocol of an evaluation of the run')
  addExecution(command, 'trained').action((run: string, options: Options) =>
    perform(options, async (session) => {
      const { checkpoint, like, engine, device, precision } = options
      const input = { run, checkpoint, like, engine, device, precision }
      const result = await runJob(session, session.open(), 'calibrate', input)
      session.terminal.result(result, () => textOf(result))
    }),
  )
}

function textOf({
  temperature,
  images,
  before,
  after,
  run,
  checkpoint,
  protocolText,
}: RunTemperature): string {
  const verdict = temperature > 1 ? 'it was over-confident' : 'it was not confident enough'
  return [
    `Temperature ${temperature.toFixed(4)} for the ${checkpoint} checkpoint of ${run}: ${verdict}.`,
    `Negative log-likelihood ${loss(before)} before, ${loss(after)} after, on ${counted(images, 'validation image')} (${protocolText}).`,
  ].join('\n')
}
