import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { StudioError } from '../../base/errors.ts'
import { imageLimits } from '../../image/types.ts'
import type { Home } from '../../jobs/context/home.ts'

export type Body = ReadableStream<Uint8Array> | null

/** Files that a window sends, there while something looks at them. */
export interface Uploads {
  /** @throws StudioError `too-large` */
  use<Result>(body: Body, work: (file: string) => Promise<Result>): Promise<Result>
}

export function openUploads({ cache }: Pick<Home, 'cache'>): Uploads {
  const folder = join(cache, 'uploads')
  // Left behind by a server that was killed.
  void rm(folder, { recursive: true, force: true }).catch(() => undefined)
  return {
    async use(body, work) {
      const file = join(folder, randomBytes(8).toString('hex'))
      await mkdir(folder, { recursive: true })
      try {
        await receive(body, file)
        return await work(file)
      } finally {
        await rm(file, { force: true })
      }
    },
  }
}

async function receive(body: Body, file: string): Promise<void> {
  let bytes = 0
  const limit = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length
      if (bytes > imageLimits.bytes) done(new StudioError('too-large', { what: 'upload' }))
      else done(null, chunk)
    },
  })
  const source = body === null ? Readable.from([]) : Readable.fromWeb(body as NodeReadableStream<Uint8Array>)
  await pipeline(source, limit, createWriteStream(file, { mode: 0o600 }))
}
