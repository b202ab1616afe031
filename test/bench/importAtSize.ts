import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { crc32, deflateSync } from 'node:zlib'
import { random } from '../../core/base/random.ts'

/**
 * How long an import takes, and how much memory: `npx node test/bench/importAtSize.ts [--images 100000] [--classes 1000]`;
 * prints a JSON line, seconds and MB. Each picture is noise of 32 × 32 pixels, so that none is like another.
 */
const { values } = parseArgs({
  options: { images: { type: 'string', default: '100000' }, classes: { type: 'string', default: '1000' } },
})
const [images, classes] = [Number(values.images), Number(values.classes)]
const side = 32
const folder = mkdtempSync(join(tmpdir(), 'vgg-import-'))
const program = fileURLToPath(new URL('../../core/cli/main.ts', import.meta.url))

function chunk(type: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(content))
  return Buffer.concat([length, content, check])
}

/** A PNG file of gray noise, written here since an encoder takes ten times as long. */
function noise(index: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header[8] = 8
  const source = random(index)
  const rows = Buffer.alloc(side * (side + 1))
  for (let at = 0; at < rows.length; at++) if (at % (side + 1) !== 0) rows[at] = source.uint32() >>> 24
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const data = deflateSync(rows, { level: 0 })
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

for (let label = 0; label < classes; label++)
  mkdirSync(join(folder, 'pictures', `class-${label}`), { recursive: true })
for (let index = 0; index < images; index++)
  writeFileSync(join(folder, 'pictures', `class-${index % classes}`, `${index}.png`), noise(index))

const began = performance.now()
const home = join(folder, 'home')
const child = spawn(
  process.execPath,
  [program, 'import', join(folder, 'pictures'), '--home', home, '--json'],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
let text = ''
child.stdout.on('data', (part: Buffer) => (text += part.toString()))
let memory = 0
const meter = setInterval(() => {
  try {
    const peak = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
    memory = Math.max(memory, Number(peak ?? 0) / 1024)
  } catch {
    // It has just ended, or this is not Linux.
  }
}, 100)
const [code] = (await once(child, 'close')) as [number]
clearInterval(meter)
const seconds = (performance.now() - began) / 1000
rmSync(folder, { recursive: true, force: true })
if (code !== 0) throw new Error(`The import ended with ${code}: ${text.slice(-500)}`)
const report = JSON.parse(text.trim().split('\n').at(-1)!) as {
  classes: unknown[]
  images: Record<string, number>
}
const usable = Object.values(report.images).reduce((sum, count) => sum + count, 0)
console.log(
  JSON.stringify({
    ...{ benchmark: 'import-at-size', images: usable, classes: report.classes.length },
    ...{ seconds: Math.round(seconds), memory: Math.round(memory) },
  }),
)
