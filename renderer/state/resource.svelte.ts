import { untrack } from 'svelte'
import type { ErrorReport } from '../../core/base/errors.ts'
import type { StreamMessage } from '../../core/server/events/types.ts'
import { reportOf } from '../api.ts'
import { listen } from './events.svelte.ts'

export interface Resource<Value> {
  /** The last that came; stays while it is loaded anew. */
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
 * Something from the server, for a component: loaded anew when what `load` reads changes, when an event says so
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

  const fetchNow = (): void => {
    const mine = ++turn
    const request = load()
    loading = request !== undefined
    if (!request) [data, error] = [undefined, undefined]
    request?.then(
      (value) => mine === turn && ([data, error, loading] = [value, undefined, false]),
      (reason: unknown) => mine === turn && ([error, loading] = [reportOf(reason), false]),
    )
  }

  $effect(fetchNow)
  $effect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const soon = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined
        fetchNow()
      }, burst)
    }
    const quiet = listen((message) => {
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
      ;[data, loading] = [value, false]
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
