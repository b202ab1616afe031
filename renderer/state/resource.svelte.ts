import { untrack } from 'svelte'
import type { ErrorReport } from '../../core/base/errors.ts'
import type { StreamMessage } from '../../core/server/events/types.ts'
import { reportOf } from '../api.ts'
import { listen } from './events.svelte.ts'

export interface Resource<Value> {
  /** The last that came; stays while it is loaded again. */
  readonly data: Value | undefined
  readonly error: ErrorReport | undefined
  readonly loading: boolean
  /** Shows a change of one's own before the server answers. */
  set(value: Value): void
  reload(): void
}

/** Milliseconds: events come in bursts, an epoch's end brings five; a thousand runs that are archived bring a thousand. */
const burst = 60

/**
 * Something from the server, for a component: loaded again when what `load` reads changes, when an event says so
 * (`when`), and when the connection had a gap. `load` answering undefined means: nothing to load.
 */
export function resource<Value>(
  load: () => Promise<Value> | undefined,
  when: (message: StreamMessage) => boolean = () => false,
): Resource<Value> {
  let data = $state.raw<Value>()
  let error = $state.raw<ErrorReport>()
  let loading = $state.raw(true)
  let turn = 0
  /** A request of this turn is under way; an event has come since. */
  let [isAsking, isOutdated] = [false, false]

  const fetchNow = (): void => {
    const mine = ++turn
    isOutdated = false
    const request = load()
    isAsking = request !== undefined
    loading = isAsking
    if (!request) [data, error] = [undefined, undefined]
    const settle = (show: () => void): void => {
      if (mine !== turn) return
      show()
      ;[isAsking, loading] = [false, false]
      if (isOutdated) fetchNow()
    }
    request?.then(
      (value) => settle(() => ([data, error] = [value, undefined])),
      (reason: unknown) => settle(() => (error = reportOf(reason))),
    )
  }

  /** An answer that is under way is shown first: where events come faster than answers, none would ever be. */
  const refresh = (): void => {
    if (isAsking) isOutdated = true
    else fetchNow()
  }

  $effect(fetchNow)
  $effect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const soon = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined
        refresh()
      }, burst)
    }
    const quiet = listen((message) => {
      // After a gap no answer that was under way comes any more.
      if (message.type === 'reset') isAsking = false
      if (message.type === 'reset' || when(message)) soon()
    })
    return () => {
      clearTimeout(timer)
      quiet()
    }
  })

  return {
    get data() {
      return data
    },
    get error() {
      return error
    },
    get loading() {
      return loading
    },
    set: (value) => {
      turn++
      ;[data, loading, isAsking] = [value, false, false]
    },
    reload: fetchNow,
  }
}

/** A value that follows another once that has been still for a while. */
export function debounced<Value>(read: () => Value, milliseconds: number): { readonly value: Value } {
  let value = $state.raw(untrack(read))
  $effect(() => {
    const next = read()
    const timer = setTimeout(() => (value = next), milliseconds)
    return () => clearTimeout(timer)
  })
  return {
    get value() {
      return value
    },
  }
}
