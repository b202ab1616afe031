import type { ErrorReport } from '../../core/base/errors.ts'
import { reportOf } from '../api.ts'
import { m } from '../messages/index.ts'

export interface Toast {
  readonly id: number
  readonly tone: 'info' | 'bad'
  readonly message: string
  readonly hint?: string | undefined
  /** One message at a time of each topic. */
  readonly topic?: string | undefined
  readonly action?: { readonly label: string; readonly run: () => unknown } | undefined
}

let shown = $state.raw<readonly Toast[]>([])
let counter = 0

export const toasts = {
  get list(): readonly Toast[] {
    return shown
  },
}

export function dismiss(id: number): void {
  shown = shown.filter((toast) => toast.id !== id)
}

function show(toast: Omit<Toast, 'id'>, seconds: number): void {
  const id = ++counter
  const others = shown.filter(({ topic }) => topic === undefined || topic !== toast.topic)
  shown = [...others.slice(-2), { ...toast, id }]
  setTimeout(() => dismiss(id), seconds * 1000)
}

export const showToast = (message: string): void => show({ tone: 'info', message }, 5)

/** Done at once, and can be taken back for a while. @param topic of steps of which only the last can be taken back */
export const showUndo = (message: string, undo: () => unknown, topic?: string): void =>
  show({ tone: 'info', message, topic, action: { label: m.common.undo, run: undo } }, 12)

/** What a person should know; nothing went wrong. */
export const showNotice = ({ message, hint }: ErrorReport): void => show({ tone: 'info', message, hint }, 12)

const showReport = ({ message, hint }: ErrorReport): void => show({ tone: 'bad', message, hint }, 12)

/** Runs what a person asked for; what goes wrong is said. @returns undefined then */
export async function attempt<Value>(action: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await action()
  } catch (error) {
    showReport(reportOf(error))
    return undefined
  }
}
