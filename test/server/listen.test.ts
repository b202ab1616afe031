import { request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { english } from '../../core/messages/en/index.ts'
import { listenOnPort } from '../../core/server/listen.ts'

const ask = (port: number, path: string) =>
  new Promise<number | 'cut'>((resolve) => {
    const outgoing = request({ host: '127.0.0.1', port, path, agent: false }, (incoming) => {
      incoming.resume()
      incoming.on('end', () => resolve(incoming.statusCode!))
      incoming.on('error', () => resolve('cut'))
    })
    outgoing.on('error', () => resolve('cut'))
    outgoing.end()
  })

test('a door that closes lets those who are inside finish, also those whose visitor has gone', async () => {
  const begun: string[] = []
  const finished: string[] = []
  const { port, close } = await listenOnPort(
    0,
    () =>
      async ({ url }) => {
        begun.push(url)
        await delay(300)
        finished.push(url)
        return new Response('done')
      },
    english,
  )
  const waits = ask(port, '/waits')
  const gone = request({ host: '127.0.0.1', port, path: '/gone', agent: false })
  gone.on('error', () => undefined)
  gone.end()
  while (begun.length < 2) await delay(5)
  gone.destroy()
  await close()
  expect(finished.map((url) => new URL(url).pathname).sort()).toEqual(['/gone', '/waits'])
  expect(await waits).toBe(200)
  expect(await ask(port, '/late')).toBe('cut')
})

test('an answer that never ends is cut after a while', async () => {
  const stopped: boolean[] = []
  const { port, close } = await listenOnPort(
    0,
    () =>
      ({ signal }) => {
        const body = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => undefined) })
        signal.addEventListener('abort', () => stopped.push(true))
        return new Response(body)
      },
    english,
  )
  const endless = ask(port, '/endless')
  await delay(50)
  const start = performance.now()
  await close()
  expect(performance.now() - start).toBeLessThan(8000)
  expect(await endless).toBe('cut')
  expect(stopped).toEqual([true])
})
