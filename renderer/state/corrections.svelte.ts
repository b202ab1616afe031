import type { ConfirmedLabel, Correction, CorrectionChange } from '../../core/dataset/types.ts'
import type { CorrectionList, CorrectionsChanged, Finding } from '../../core/server/api/types.ts'
import type { CorrectionStep } from '../../core/registry/corrections.ts'
import { api, ask } from '../api.ts'
import { m } from '../messages/index.ts'
import { resource } from './resource.svelte.ts'
import { attempt, showToast, showUndo } from './toasts.svelte.ts'

export interface Corrections {
  readonly list: CorrectionList | undefined
  /** Pending corrections by path. */
  readonly pending: ReadonlyMap<string, CorrectionChange>
  /** Corrections of the newest version by path. */
  readonly applied: ReadonlyMap<string, Correction>
  /** @param forget paths that wait no longer, in the same step */
  put(changes: readonly CorrectionChange[], forget?: readonly string[]): Promise<void>
  forget(paths: readonly string[]): Promise<void>
  /** Classes of labels that were found right, by path. */
  readonly confirmed: ReadonlyMap<string, string>
  /** Labels that are right: what waits for their files is forgotten. */
  confirm(labels: readonly ConfirmedLabel[]): Promise<void>
  /** What one click on a finding does. */
  remedy(finding: Finding['code']): Promise<void>
  readonly canUndo: boolean
  /** Takes the last step back, and the one before it when asked again. */
  undo(): Promise<void>
}

/** The corrections of a data set, for a component. Whatever is done can be undone for a while. */
export function correctionsOf(dataset: () => string | null): Corrections {
  const list = resource<CorrectionList>(
    () => {
      const id = dataset()
      return id === null
        ? undefined
        : ask(api.datasets[':dataset'].corrections.$get({ param: { dataset: id } }))
    },
    (message) =>
      message.type === 'dataset' ||
      (message.type === 'corrections' && message.datasets.some((id) => id === dataset())),
  )
  const pending = $derived(new Map(list.data?.pending.map((change) => [change.path, change])))
  const confirmed = $derived(new Map(list.data?.confirmed.map((label) => [label.path, label.class])))
  const applied = $derived(new Map(list.data?.applied.map((correction) => [correction.path, correction])))

  /** What takes back the steps that were made here, the last one at the end. */
  let undos = $state.raw<readonly CorrectionStep[]>([])

  async function change(step: Partial<CorrectionStep>): Promise<CorrectionsChanged | undefined> {
    const id = dataset()
    if (id === null) return undefined
    const { put = [], forget = [], confirm = [], doubt = [] } = step
    const json = { put: [...put], forget: [...forget], confirm: [...confirm], doubt: [...doubt] }
    return told(() => ask(api.datasets[':dataset'].corrections.$patch({ param: { dataset: id }, json })))
  }

  async function told(request: () => Promise<CorrectionsChanged>): Promise<CorrectionsChanged | undefined> {
    const answer = await attempt(request)
    if (answer) list.set(answer)
    return answer
  }

  function offerUndo({ changed, undo: step }: CorrectionsChanged, text: (files: number) => string): void {
    if (changed === 0) return showToast(m.data.corrections.nothing)
    undos = [...undos, step]
    showUndo(text(changed), () => takeBack(step), 'corrections')
  }

  async function takeBack(step: CorrectionStep): Promise<void> {
    if (!undos.includes(step)) return
    undos = undos.filter((one) => one !== step)
    await change(step)
  }

  return {
    get list() {
      return list.data
    },
    get pending() {
      return pending
    },
    get applied() {
      return applied
    },
    async put(changes, forget = []) {
      // What is corrected is not right as it is.
      const doubt = changes.map(({ path }) => path).filter((path) => confirmed.has(path))
      const answer = await change({ put: changes, forget, doubt })
      if (answer) offerUndo(answer, (files) => sayingOf(changes, files))
    },
    async forget(paths) {
      const answer = await change({ forget: paths })
      if (answer) offerUndo(answer, m.data.corrections.said.forgotten)
    },
    get confirmed() {
      return confirmed
    },
    async confirm(labels) {
      const paths = labels.map(({ path }) => path).filter((path) => pending.has(path))
      const answer = await change({ confirm: labels, forget: paths })
      if (answer) offerUndo(answer, m.data.corrections.said.confirmed)
    },
    get canUndo() {
      return undos.length > 0
    },
    async undo() {
      const last = undos.at(-1)
      if (last) await takeBack(last)
    },
    async remedy(finding) {
      const id = dataset()
      if (id === null) return
      const request = api.datasets[':dataset'].corrections.remedy
      const answer = await told(() => ask(request.$post({ param: { dataset: id }, json: { finding } })))
      if (answer) offerUndo(answer, m.data.corrections.said['leave-out'])
    },
  }
}

function sayingOf(changes: readonly CorrectionChange[], files: number): string {
  const { said } = m.data.corrections
  const actions = new Set(changes.map(({ action }) => action))
  const [first] = changes
  if (actions.size > 1 || !first) return said.several(files)
  return first.action === 'relabel' ? said.relabel(files, first.class) : said[first.action](files)
}
