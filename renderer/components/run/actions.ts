import type { RunEntry } from '../../../core/server/api/types.ts'
import { api, ask } from '../../api.ts'
import { m } from '../../messages/index.ts'
import { attempt, say, sayUndo } from '../../state/toasts.svelte.ts'

/** What can be done to a run in a list; each can be taken back. */
export function runActions(changed: () => void) {
  type Named = Pick<RunEntry, 'run' | 'name' | 'archived'>

  const setArchived = async ({ run, name, archived }: Named, next: boolean): Promise<void> => {
    const done = await attempt(() =>
      ask(api.runs[':run'].$patch({ param: { run }, json: { archived: next } })),
    )
    if (!done) return
    changed()
    const message = next ? m.runs.archivedNote(name) : m.runs.unarchivedNote(name)
    sayUndo(message, () => setArchived({ run, name, archived: next }, archived))
  }

  const restore = async ({ run, name }: Named): Promise<void> => {
    const done = await attempt(() => ask(api.runs[':run'].restore.$post({ param: { run } })))
    if (done) say(m.runs.restored(name))
    changed()
  }

  return {
    archive: (run: Named) => setArchived(run, !run.archived),
    remove: async (run: Named): Promise<void> => {
      const done = await attempt(() => ask(api.runs[':run'].$delete({ param: { run: run.run } })))
      if (!done) return
      changed()
      sayUndo(m.runs.deleted(run.name), () => restore(run))
    },
  }
}
