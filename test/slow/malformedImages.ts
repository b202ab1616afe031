import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { random, type Random } from '../../core/base/random.ts'
import { socketHost } from '../../core/server/access/check.ts'
import { askServer } from '../../core/server/client.ts'
import type { Job } from '../../core/server/queue/types.ts'
import { texture } from '../image/samples.ts'
import { remove } from '../server/support.ts'
import { newPlace, remainsOf } from './place.ts'
import { trainedPlace } from './trained.ts'

/**
 * `npx node test/slow/malformedImages.ts [--images 1000] [--seed 1]`: real pictures in every format that is accepted, of
 * which bytes were changed, cut off, doubled or moved, mostly in their headers. A server imports them all, shows each (a
 * thumbnail) and predicts each as it was sent. Each is an image, or a file that is named with the reason; no answer may be
 * of the status 500 and above or be missing after a minute, and neither the server nor a process of it may die. Ends with
 * 1 otherwise.
 */

const { values } = parseArgs({
  options: { images: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
})
const count = Number(values.images)
const patience = 60_000
const source = random(Number(values.seed))

/** Photo-like, since what is plain compresses to nothing that could break. */
const picture = () => texture(96, 64, 7)

/** One of each way in which the formats that are accepted are written. */
async function originals(): Promise<readonly (readonly [name: string, bytes: Buffer])[]> {
  const gray = () => picture().toColourspace('b-w')
  const exif = () => picture().withMetadata({ orientation: 6 })
  const encoders: readonly (readonly [string, ReturnType<typeof picture>])[] = [
    ['jpg', picture().jpeg()],
    ['jpg', picture().jpeg({ progressive: true, chromaSubsampling: '4:4:4' })],
    ['jpg', picture().toColourspace('cmyk').jpeg()],
    ['jpg', exif().withIccProfile('p3').jpeg()],
    ['jpg', gray().jpeg({ optimiseScans: true })],
    ['png', picture().png()],
    ['png', picture().png({ palette: true, progressive: true })],
    ['png', picture().ensureAlpha(0.5).toColourspace('rgb16').png()],
    ['webp', picture().webp()],
    ['webp', picture().ensureAlpha(0.5).webp({ lossless: true })],
    ['gif', picture().gif()],
    ['tif', picture().tiff({ compression: 'none' })],
    ['tif', picture().tiff({ compression: 'lzw', predictor: 'horizontal' })],
    ['tif', picture().tiff({ compression: 'deflate', tile: true, tileWidth: 32, tileHeight: 32 })],
    ['tif', picture().tiff({ compression: 'jpeg', pyramid: true })],
    ['tif', picture().tiff({ compression: 'packbits' })],
    ['avif', picture().avif({ effort: 0 })],
    ['avif', picture().ensureAlpha(0.5).avif({ lossless: true, effort: 0 })],
  ]
  return Promise.all(encoders.map(async ([name, encoder]) => [name, await encoder.toBuffer()] as const))
}

/** Places near the start are the likelier ones: there the structure is. */
function placeIn({ length }: Buffer, { uniform }: Random): number {
  return Math.floor(length * (uniform() < 0.6 ? uniform() ** 4 : uniform()))
}

function malformed(original: Buffer, source: Random): Buffer {
  const bytes = Buffer.from(original)
  const at = placeIn(bytes, source)
  const length = 1 + source.integer(200)
  switch (source.integer(7)) {
    case 0:
      return bytes.subarray(0, source.integer(bytes.length))
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
    case 2:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)])
    case 3:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.alloc(length, source.integer(256)),
        bytes.subarray(at),
      ])
    case 4:
      // Sizes, counts and offsets: the largest, or nothing.
      bytes.fill(
        source.uniform() < 0.5 ? 0xff : 0,
        at,
        Math.min(bytes.length, at + (source.uniform() < 0.5 ? 2 : 4)),
      )
      return bytes
    default:
      for (let left = 1 + source.integer(8); left > 0; left--)
        bytes[placeIn(bytes, source)] = source.integer(256)
      return bytes
  }
}

const folder = mkdtempSync(join(tmpdir(), 'vgg-malformed-'))
const template = await trainedPlace(join(folder, 'template'))
const place = newPlace(join(folder, 'asked'), {})
cpSync(template.home, place.home, { recursive: true })
const server = place.server()
const discovery = await server.ready
const images = join(folder, 'images')
const from = await originals()
const files = Array.from({ length: count }, (_, index) => {
  const [extension, original] = from[index % from.length]!
  const path = join(images, index % 2 === 0 ? 'one' : 'two', `${index}.${extension}`)
  return { path, bytes: malformed(original, source) }
})
for (const name of ['one', 'two']) mkdirSync(join(images, name), { recursive: true })
for (const { path, bytes } of files) writeFileSync(path, bytes)
// Without a sound picture of each class there is nothing to import.
for (const name of ['one', 'two'])
  for (const index of [0, 1, 2])
    writeFileSync(
      join(images, name, `sound-${index}.png`),
      await texture(40, 40, 9 * index + name.length)
        .png()
        .toBuffer(),
    )

const faults: string[] = []
const tally: Record<string, number> = {}
const counted = (name: string): void => void (tally[name] = (tally[name] ?? 0) + 1)
let slowest = 0

/** @returns the answer's text; what is no answer is a fault */
async function ask(what: string, method: string, path: string, body?: Buffer): Promise<string> {
  const began = performance.now()
  const headers = { host: socketHost, authorization: `Bearer ${discovery.token}` }
  const answer = await new Promise<{ status: number; text: string }>((resolve) => {
    const outgoing = httpRequest(
      { socketPath: discovery.socket, method, path, headers, agent: false },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode!, text: Buffer.concat(chunks).toString() }),
        )
      },
    )
    outgoing.setTimeout(patience, () => outgoing.destroy(new Error('no answer in a minute')))
    outgoing.on('error', ({ message }) => resolve({ status: 0, text: message }))
    outgoing.end(body)
  })
  slowest = Math.max(slowest, performance.now() - began)
  if (answer.status === 0 || answer.status >= 500)
    faults.push(`${what}: ${answer.status} ${answer.text.slice(0, 300)}`)
  return answer.text
}

const { job } = await askServer<{ job: Job }>(discovery, 'POST', '/api/jobs', {
  kind: 'import',
  input: { source: images, name: 'malformed' },
})
await ask('import', 'GET', `/api/jobs/${job.id}/events`)
const { result } = JSON.parse(await ask('import', 'GET', `/api/jobs/${job.id}/result`)) as {
  result?: { dataset: string; images: Record<string, number>; problems: { path: string; code: string }[] }
}
if (result === undefined) faults.push('The import did not come to its end.')
else {
  for (const { code } of result.problems) counted(`imported: ${code}`)
  const sound = Object.values(result.images).reduce((sum, number) => sum + number, 0)
  tally['imported: image'] = sound
  if (sound + result.problems.length !== count + 6)
    faults.push(`${count + 6} files: ${sound} images and ${result.problems.length} problems`)
  for (let at = 0; at < result.problems.length; at++)
    await ask(`problem ${at}`, 'GET', `/api/datasets/${result.dataset}/problems/${at}/picture?side=64`)
  for (let at = 0; at < sound; at++)
    await ask(`image ${at}`, 'GET', `/api/datasets/${result.dataset}/images/${at}/picture?side=64`)
}
for (const { path, bytes } of files) {
  const text = await ask(path, 'POST', '/api/predict/upload?run=r1', bytes)
  const { error, failures } = JSON.parse(text) as { error?: { code: string }; failures?: object[] }
  counted(`sent: ${error?.code ?? (failures?.length === 0 ? 'predicted' : 'refused with the reason')}`)
}
if (server.child.exitCode !== null) faults.push('The server ended.')
const code = await server.close()
if (code !== 0) faults.push(`The server ended with ${code}.`)
faults.push(...(await remainsOf(place)))
remove(folder)
for (const fault of faults) console.log(fault)
console.log(
  JSON.stringify(
    { images: count, tally, faults: faults.length, slowestSeconds: slowest / 1000 },
    undefined,
    1,
  ),
)
process.exitCode = faults.length === 0 ? 0 : 1
