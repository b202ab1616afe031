import { thisProcess } from '../../base/processIdentity.ts'
import { runFolder, useHome } from '../context/home.ts'
import type { JobEvent } from '../recording/events.ts'
import { cutJournal } from '../recording/journal.ts'
import { recordInJournal } from '../recording/recorder.ts'
import { takeOrder } from '../training/prepared.ts'
import { runTraining } from '../training/runTraining.ts'
import { openChannel, type Start } from './channel.ts'

/**
 * The process of one training, started with an IPC channel. It needs its order, the run's folder, the images and the
 * caches of the home folder, and no registry: its parent records what it says. When the channel closes, the parent is
 * gone: then the process writes into the journal what the parent has not, saves, and ends. The registry's rows are made
 * from the checkpoint when a server starts, or the run resumes.
 */

/** What the parent has not said to have recorded, oldest first: it may be killed before it does. */
const unrecorded: JobEvent[] = []
let isOrphan = false

const channel = openChannel('trainer', {
  start: (start) => void work(start),
  recorded: () => void unrecorded.shift(),
  gone() {
    isOrphan = true
    recordUnheard()
    channel.stop.abort()
  },
})

async function work({ assignment, home: folder }: Start): Promise<void> {
  const { stop, pause, skip, tell } = channel
  const home = useHome(folder)
  await channel.answer(async () => {
    if (assignment.part !== 'training') throw new Error('Only trainings run here')
    const { run, images } = assignment
    await tell({ type: 'ready', process: thisProcess() })
    await channel.held
    const order = await takeOrder(home, run)
    const signals = { signal: stop.signal, skip: skip.signal, pause }
    return runTraining({ home, images, emit: say, ...signals }, order)
  })
  recordUnheard()
  process.exit()
}

function say(event: JobEvent): void {
  if (isOrphan) return recordInJournal(useHome(), event)
  unrecorded.push(event)
  channel.say(event)
}

/** Takes the place of a parent that is gone, and may have been killed while it wrote. */
function recordUnheard(): void {
  if (process.connected) return
  const events = unrecorded.splice(0)
  const step = events.find((event) => event.event === 'step')
  if (step) cutJournal(runFolder(useHome(), step.run), step.step - 1)
  for (const event of events) recordInJournal(useHome(), event)
}
