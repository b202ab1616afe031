import { StudioError } from '../../base/errors.ts'
import { jobInput, prepareHere } from '../catalog.ts'
import { openContext, type JobContext } from '../context/context.ts'
import { openChannel, type Start } from './channel.ts'

/**
 * The process that makes a training ready, started with an IPC channel: on its parent's side, with the registry, so that
 * an import or the search for a transfer source does not hold up the parent. When the channel closes, the parent is gone:
 * it ends.
 */

const channel = openChannel('preparer', {
  start: (start) => void prepare(start),
  gone: () => channel.stop.abort(new StudioError('studio-ended', {})),
})

async function prepare({ assignment, home }: Start): Promise<void> {
  const { stop, pause, say: emit, log } = channel
  let context: JobContext | undefined
  await channel.answer(async () => {
    if (assignment.part !== 'preparation') throw new Error('Only trainings are prepared here')
    const { kind, input } = assignment
    log(kind)
    context = { ...openContext({ home, signal: stop.signal, pause }), emit }
    return prepareHere(kind, context, jobInput(kind, input))
  })
  context?.registry.close()
  process.exit()
}
