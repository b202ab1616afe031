import { getEventListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { openHub } from '../../core/server/events/hub.ts'
import { eventStream } from '../../core/server/events/stream.ts'
import type { HubEvent } from '../../core/server/events/types.ts'
import { answer, readEvents, remove, testServer } from './support.ts'
import { english } from '../../core/messages/en/index.ts'

const event = (job: string): HubEvent => ({ type: 'job-removed', job })
const jobs = (events: readonly { event: HubEvent }[]) =>
  events.map(({ event }) => (event.type === 'job-removed' ? event.job : event.type))
const never = new AbortController().signal

test('a reader that returns with its last id gets what it missed, in order', async () => {
  const hub = openHub()
  const first = hub.reader()
  hub.publish(event('a'))
  expect(jobs((await first.next(never)).events)).toEqual(['a'])
  const { position } = first
  for (const name of ['b', 'c', 'd']) hub.publish(event(name))
  const { lost, events } = await hub.reader(position).next(never)
  expect([lost, jobs(events)]).toEqual([false, ['b', 'c', 'd']])
  expect(jobs((await first.next(never)).events)).toEqual(['b', 'c', 'd'])
})

test('a reader waits for the next event, and all readers get it', async () => {
  const hub = openHub()
  const waiting = [hub.reader(), hub.reader()].map((reader) => reader.next(never))
  await delay(5)
  hub.publish(event('a'))
  for (const { events } of await Promise.all(waiting)) expect(jobs(events)).toEqual(['a'])
})

test('a client with an id that is too old, or of another server, is told that events are lost', async () => {
  const hub = openHub(3)
  const slow = hub.reader()
  for (const name of ['a', 'b', 'c']) hub.publish(event(name))
  const { position } = hub.reader()
  hub.publish(event('d'))
  expect(await hub.reader(`${hub.server}-0`).next(never)).toEqual({ lost: true, events: [] })
  expect(await hub.reader('deadbeef-3').next(never)).toMatchObject({ lost: true })
  expect(await hub.reader('nonsense').next(never)).toMatchObject({ lost: true })
  expect(await hub.reader(`${hub.server}-99`).next(never)).toMatchObject({ lost: true })
  expect((await hub.reader(position).next(never)).lost).toBe(false)
  expect(await slow.next(never)).toMatchObject({ lost: true })
  hub.publish(event('e'))
  const after = await slow.next(never)
  expect([after.lost, jobs(after.events)]).toEqual([false, ['e']])
})

test('a stream says hello, sends events with their ids, keeps alive, and ends with its reader', async () => {
  const hub = openHub()
  const reader = eventStream(hub, { version: '1', texts: english, signal: never, beat: 30 })
    .pipeThrough(new TextDecoderStream())
    .getReader()
  const next = async () => (await reader.read()).value!
  expect(await next()).toBe(
    `id: ${hub.server}-0\ndata: {"type":"hello","server":"${hub.server}","version":"1"}\n\n`,
  )
  hub.publish(event('a'))
  expect(await next()).toBe(`id: ${hub.server}-1\ndata: {"type":"job-removed","job":"a"}\n\n`)
  expect(await next()).toBe(': alive\n\n')
  await reader.cancel()
  const old = eventStream(hub, { after: 'other-1', version: '1', texts: english, signal: never }).pipeThrough(
    new TextDecoderStream(),
  )
  const messages: string[] = []
  for await (const text of old) {
    messages.push(text)
    if (messages.length === 2) break
  }
  expect(messages[1]).toBe(`id: ${hub.server}-1\ndata: {"type":"reset"}\n\n`)
})

test('a window that reconnects over HTTP misses nothing; after a restart of the server it is told to reload', async () => {
  const server = await testServer()
  const change = (theme: 'dark' | 'light') => answer(server.api.settings.$patch({ json: { theme } }))
  const hello = await readEvents(server, undefined, (messages) => messages.length === 1)
  expect(hello.messages[0]).toMatchObject({ type: 'hello' })
  await change('dark')
  await change('light')
  const { messages, last } = await readEvents(server, hello.last, (seen) => seen.length === 3)
  expect(messages.map(({ type }) => type)).toEqual(['hello', 'settings', 'settings'])
  await server.close()
  const second = await testServer({ home: server.home })
  const again = await readEvents(second, last, (seen) => seen.length === 2)
  expect(again.messages.map(({ type }) => type)).toEqual(['hello', 'reset'])
  expect((await answer(second.api.settings.$get())).theme).toBe('light')
  await second.close()
  remove(server.home)
})

test('what a client costs does not grow with the events: one timer, no listeners left behind', async () => {
  const hub = openHub()
  const client = new AbortController()
  const timers = [vi.spyOn(AbortSignal, 'timeout'), vi.spyOn(globalThis, 'setTimeout')]
  const reader = eventStream(hub, { version: '1', texts: english, signal: client.signal }).getReader()
  await reader.read()
  for (let count = 0; count < 300; count++) {
    const next = reader.read()
    hub.publish(event(`j${count}`))
    await next
  }
  expect(timers.reduce((sum, { mock }) => sum + mock.calls.length, 0)).toBe(1)
  vi.restoreAllMocks()

  const waits = new AbortController()
  const other = hub.reader()
  for (let count = 0; count < 20; count++) {
    const next = other.next(waits.signal)
    hub.publish(event(`k${count}`))
    await next
  }
  expect(getEventListeners(waits.signal, 'abort')).toHaveLength(0)
  client.abort()
})
