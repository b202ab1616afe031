import type { StreamMessage } from '../../core/server/events/types.ts'
import { ask, reportOf } from '../api.ts'
import { eventParser } from '../logic/eventParser.ts'

type Listener = (message: StreamMessage) => void

/** Without a byte for this long the connection is dead: the server writes every 15 s. */
const silence = 40_000
const listeners = new Set<Listener>()
let state = $state.raw<'connecting' | 'live' | 'lost' | 'refused'>('connecting')
let version = $state.raw('')
let seen = $state.raw<Date>()
let server: string | undefined
let lastId: string | undefined

export const connection = {
  get state() {
    return state
  },
  get version() {
    return version
  },
  /** When the server was last heard: what the page shows was so then. */
  get seen() {
    return seen
  },
}

/** @returns stops listening. `reset` means: load what you show again. */
export function listen(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Keeps one connection to the server's events for as long as the window lives. */
export async function stayConnected(): Promise<void> {
  for (let wait = 500; ; wait = Math.min(8000, wait * 2)) {
    const lived = await readOnce().catch((error: unknown) => {
      state = reportOf(error).code === 'no-session' ? 'refused' : 'lost'
      return false
    })
    if (lived) {
      state = 'lost'
      wait = 500
    }
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

/** Until the connection ends. @returns whether it ever was live */
async function readOnce(): Promise<boolean> {
  const controller = new AbortController()
  let timer = setTimeout(() => controller.abort(), silence)
  const address = lastId === undefined ? '/api/events' : `/api/events?after=${encodeURIComponent(lastId)}`
  const answer = await fetch(address, { signal: controller.signal })
  if (!answer.ok) await ask(Promise.resolve(answer))
  const feed = eventParser()
  let lived = false
  try {
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      clearTimeout(timer)
      timer = setTimeout(() => controller.abort(), silence)
      lived = true
      state = 'live'
      seen = new Date()
      for (const { id, data } of feed(chunk)) {
        lastId = id ?? lastId
        receive(JSON.parse(data) as StreamMessage)
      }
    }
  } catch {
    // The server went away, or was silent: the caller connects again.
  } finally {
    clearTimeout(timer)
  }
  return lived
}

function receive(message: StreamMessage): void {
  if (message.type === 'hello') {
    const restarted = server !== undefined && server !== message.server
    server = message.server
    version = message.version
    if (restarted) emit({ type: 'reset' })
  }
  emit(message)
}

function emit(message: StreamMessage): void {
  for (const listener of listeners) listener(message)
}
