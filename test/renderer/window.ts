import { vi } from 'vitest'
import type { StreamMessage } from '../../core/server/events/types.ts'

/** What the state modules of the window take from a browser and a server, as far as they do; each test answers itself. */

/** A request that waits for its answer. */
export interface Asked {
  readonly method: string
  /** Without the origin. */
  readonly path: string
  readonly body: unknown
  answer(body: unknown, status?: number): void
}

export class FakeElement extends EventTarget {
  tagName: string
  isContentEditable = false
  readonly parents: readonly string[]

  constructor(tagName: string, parents: readonly string[] = []) {
    super()
    this.tagName = tagName
    this.parents = parents
  }

  /** Whether it lies in one of the elements that a list of selectors names. */
  closest(selectors: string): FakeElement | null {
    const wanted = selectors.split(', ')
    return [this.tagName.toLowerCase(), ...this.parents].some((own) => wanted.includes(own)) ? this : null
  }
}

/** A browser's globals for the modules that are imported afterwards. */
export function fakeWindow(address = 'http://studio/') {
  const asked: Asked[] = []
  const stack = [address]
  const page = new EventTarget()
  const dataset: Record<string, string> = {}
  const colors = new EventTarget()
  vi.stubGlobal('fetch', async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init)
    const { pathname, search } = new URL(request.url)
    const text = await request.text()
    return new Promise((resolve) =>
      asked.push({
        ...{ method: request.method, path: pathname + search, body: text === '' ? null : JSON.parse(text) },
        answer: (body, status = 200) => resolve(Response.json(body, { status })),
      }),
    )
  })
  const location = {
    get href() {
      return stack.at(-1)!
    },
    origin: new URL(address).origin,
  }
  const absolute = (to: string | URL): string => new URL(to, location.href).href
  vi.stubGlobal('location', location)
  vi.stubGlobal('history', {
    pushState: (_: unknown, __: string, to: string) => void stack.push(absolute(to)),
    replaceState: (_: unknown, __: string, to: string) => void stack.splice(-1, 1, absolute(to)),
  })
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('document', { documentElement: { dataset } })
  vi.stubGlobal('matchMedia', () => colors)
  vi.stubGlobal('Element', FakeElement)
  vi.stubGlobal('HTMLElement', FakeElement)
  return {
    asked,
    stack,
    dataset,
    /** The system's colors become dark or light. */
    turn: (): boolean => colors.dispatchEvent(new Event('change')),
    back(): void {
      stack.pop()
      page.dispatchEvent(new Event('popstate'))
    },
  }
}

/** Until what was answered has arrived. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** What the server sends to the modules that listen; for `vi.doMock` of the module of events. */
export const stream = {
  listeners: [] as ((message: StreamMessage) => void)[],
  listen(listener: (message: StreamMessage) => void): () => void {
    stream.listeners.push(listener)
    return () => void stream.listeners.splice(stream.listeners.indexOf(listener), 1)
  },
  tell(message: object): void {
    for (const listener of stream.listeners) listener(message as StreamMessage)
  },
}

/** A window that has just opened: modules that are imported afterwards have no state yet, and hear `stream`. */
export function openFakeWindow(): ReturnType<typeof fakeWindow> {
  vi.resetModules()
  stream.listeners.length = 0
  vi.doMock('../../renderer/state/events.svelte.ts', () => ({ listen: stream.listen }))
  return fakeWindow()
}
