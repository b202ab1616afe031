import { forward, socketHost } from './forward.ts'
import type { StudioServer } from './server.ts'
import { request as httpRequest } from 'node:http'

/** Asks the server something as the application itself, whose paths are the person's own. */
export async function ask<Answer>(
  server: StudioServer,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<Answer> {
  const { socket, token } = await server.target()
  const headers = { host: socketHost, authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ socketPath: socket, method, path, headers, agent: false })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => (text += chunk))
      incoming.on('end', () => {
        const answer = JSON.parse(text) as Answer & { error?: { message: string } }
        if (incoming.statusCode! < 400) resolve(answer)
        else reject(new Error(answer.error?.message ?? `The server answered ${incoming.statusCode}.`))
      })
    })
    outgoing.end(body && JSON.stringify(body))
  })
}

/** The data of the server's events as they come, until the signal or the connection ends them. */
export async function* events(server: StudioServer, signal: AbortSignal): AsyncGenerator<unknown, void> {
  const { socket, token } = await server.target()
  const response = await forward(new Request('app://vgg-studio/api/events', { signal }), socket, token)
  let rest = ''
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop()!
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (data !== undefined) yield JSON.parse(data)
    }
  }
}
