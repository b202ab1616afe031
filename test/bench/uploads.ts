import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { answer, remove, smallFolder, testServer, tinyRecipe } from '../server/support.ts'

/**
 * What the process that predicts for windows holds of main memory while one image after the other is sent to it. A
 * benchmark, not a test, on Linux: `node test/bench/uploads.ts [COUNT]`; prints JSON lines, MB. What the network takes is there
 * after the first; a leak grows by the
 * same in every stretch; what engine, decoder and allocator keep for the next time comes to an end. The network is A at
 * its full width, for crops of 64 pixels; the images are clip arts, enlarged to between 0.3 and 12 megapixels, as JPEG.
 */
const count = Number(process.argv[2] ?? 700)
const stretch = 50
const pictures = fileURLToPath(new URL('../../resources/sample/clipart/', import.meta.url))
const images = readdirSync(pictures, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(png|jpe?g|webp)$/.test(name))
  .map((name) => readFileSync(join(pictures, name)))
const sides = [640, 1000, 1600, 2400, 3000, 4000]
const uploads = await Promise.all(
  sides.flatMap((width, place) =>
    [0, 1, 2, 3].map((index) =>
      sharp(images[(place * 4 + index) * 7])
        .flatten({ background: 'white' })
        .resize(width, Math.round(width * (0.6 + index / 10)), { fit: 'fill' })
        .jpeg({ quality: 90 })
        .toBuffer(),
    ),
  ),
)
const recipe = {
  ...tinyRecipe,
  network: { config: 'A', batchNorm: true, fcWidth: 4096 },
  data: { crop: 64, scale: 73 },
}

/** Memory of this process's children that run core/jobs/process/helper.ts, MB, the largest first. */
function helpers(): number[] {
  const mine = readdirSync('/proc').filter((name) => {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8')
      return command.includes('jobs/process/helper') && command.includes(server.home)
    } catch {
      return false
    }
  })
  return mine
    .map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
    .map(Math.round)
    .sort((a, b) => b - a)
}

const folder = smallFolder()
const server = await testServer()
try {
  await answer(server.api.folders.choose.$post({ json: { path: folder } }))
  await server.settled((await answer(server.api.datasets.import.$post({ json: { source: folder } }))).job)
  await server.settled((await answer(server.api.runs.$post({ json: { dataset: 'd1', recipe } }))).job)
  for (let sent = 0; sent <= count; sent++) {
    if (sent === 1 || sent % stretch === 0)
      console.log(JSON.stringify({ benchmark: 'uploads', sent, resident: helpers() }))
    const response = await fetch(`${server.url}/api/predict/upload?run=r1`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.discovery.token}`,
        'content-type': 'application/octet-stream',
      },
      body: uploads[(sent * 5) % uploads.length]!,
    })
    const body = await response.text()
    if (!response.ok) throw new Error(body)
  }
} finally {
  await server.close()
  remove(server.home, folder)
}
