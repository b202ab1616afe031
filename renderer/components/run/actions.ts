import type { RunEntry } from '../../../core/server/api/types.ts'
import { api, ask } from '../../api.ts'
import { m } from '../../messages/index.ts'
import { attempt, showToast, showUndo } from '../../state/toasts.svelte.ts'

type Named = Pick<RunEntry, 'run' | 'name' | 'archived'>

/** What can be done to runs; each can be taken back, all of them at once. */
export function runActions(changed: () => void) {
  const setArchived = ({ run }: Named, archived: boolean): Promise<unknown> =>
    attempt(() => ask(api.runs[':run'].$patch({ param: { run }, json: { archived } })))
  const restore = ({ run }: Named): Promise<unknown> =>
    attempt(() => ask(api.runs[':run'].restore.$post({ param: { run } })))
  const remove = ({ run }: Named): Promise<unknown> =>
    attempt(() => ask(api.runs[':run'].$delete({ param: { run } })))

  /** @returns the runs that it was done to */
  async function each(runs: readonly Named[], act: (run: Named) => Promise<unknown>): Promise<Named[]> {
    const done = await Promise.all(runs.map(async (run) => ((await act(run)) === undefined ? [] : [run])))
    changed()
    return done.flat()
  }

  return {
    /** Into the archive, or out of it. */
    async archive(runs: readonly Named[]): Promise<void> {
      const done = await each(runs, (run) => setArchived(run, !run.archived))
      if (done.length === 0) return
      const note = done[0]!.archived ? m.runs.unarchivedNote : m.runs.archivedNote
      showUndo(note(m.runs.named(done)), () => each(done, (run) => setArchived(run, run.archived)))
    },
    /** @returns how many are deleted: those in training are not */
    async remove(runs: readonly Named[]): Promise<number> {
      const done = await each(runs, remove)
      const bringBack = async (): Promise<void> => {
        const back = await each(done, restore)
        if (back.length > 0) showToast(m.runs.restored(m.runs.named(back)))
      }
      if (done.length > 0) showUndo(m.runs.deleted(m.runs.named(done)), bringBack)
      return done.length
    },
  }
}
