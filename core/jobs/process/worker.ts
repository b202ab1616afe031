import { StudioError } from '../../base/errors.ts'
import { workHere } from '../catalog.ts'
import { useHome } from '../context/home.ts'
import { openChannel, type Start } from './channel.ts'

/**
 * The process that works on one job, started with an IPC channel. It needs its order, the files of the home folder and
 * the images, and no registry: its parent records what it says. When the channel closes, the parent is gone: the job is
 * canceled.
 */

const channel = openChannel('worker', {
  start: (start) => void work(start),
  gone: () => channel.stop.abort(new StudioError('studio-ended', {})),
})

async function work({ assignment, home }: Start): Promise<void> {
  const { stop, pause, say: emit, record, log } = channel
  await channel.answer(async () => {
    if (assignment.part !== 'work') throw new Error('Only work on jobs is done here')
    const { kind, order } = assignment
    log(kind)
    return workHere(kind, { home: useHome(home), emit, record, signal: stop.signal, pause }, order)
  })
  process.exit()
}
