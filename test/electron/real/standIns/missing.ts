/**
 * What Electron 22 (Node 16, Chrome 108) lacks of what the application uses on the current Electron. Each function is
 * written for its use here; the tests compare it with the current runtime's own.
 */
import { Readable } from 'node:stream'
import * as web from 'node:stream/web'

type Bytes = Uint8Array

export function parseUrl(url: string, base?: string): URL | null {
  try {
    return new URL(url, base)
  } catch {
    return null
  }
}

export function withResolvers<Value>(): PromiseWithResolvers<Value> {
  let resolve!: (value: Value | PromiseLike<Value>) => void
  let reject!: (reason?: unknown) => void
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** @returns a web stream of a Node stream; canceling it ends the Node stream */
export function toWeb(stream: Readable): web.ReadableStream<Bytes> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  return new web.ReadableStream<Bytes>({
    async pull(controller) {
      const { value, done } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(new Uint8Array(value))
    },
    cancel() {
      stream.destroy()
    },
  })
}

/** @returns a Node stream of a web stream; destroying it cancels the web stream */
export function fromWeb(stream: web.ReadableStream<Bytes>): Readable {
  const reader = stream.getReader()
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return
        yield Buffer.from(value)
      }
    } finally {
      await reader.cancel()
    }
  }
  return Readable.from(chunks())
}
