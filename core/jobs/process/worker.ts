import { StudioError } from '../../base/errors.ts'
import { jobInput, prepareHere, runHere } from '../catalog.ts'
import { openContext, type JobContext } from '../context/context.ts'
import { openChannel, type Start } from './channel.ts'

/**
 * The process of one job, or of a training's preparation, started with an IPC channel. When the channel closes, the
 * parent is gone: the job is canceled.
 */

const channel = openChannel('worker', {
  start: (start) => void work(start),
  gone: () => channel.stop.abort(new StudioError('studio-ended', {})),
})

async function work({ assignment, home }: Start): Promise<void> {
  const { stop, pause, say, log } = channel
  let context: JobContext | undefined
  await channel.answer(async () => {
    if (assignment.part === 'training') throw new Error('Trainings have processes of their own')
    const { part, kind } = assignment
    log(`${part} ${kind}`)
    context = { ...openContext({ home, signal: stop.signal, pause }), emit: say }
    const input = jobInput(kind, assignment.input)
    return part === 'job' ? runHere(kind, context, input) : prepareHere(kind, context, input)
  })
  context?.registry.close()
  process.exit()
}
