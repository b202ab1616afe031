import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../base/temporary.ts'
import type { TestedDevice } from '../engine/selection/selfTest.ts'
import { listDevices } from '../jobs/tasks/devices.ts'
import { decode, decodeBytes } from '../image/decode.ts'
import { encodeJpeg } from '../image/encode.ts'
import { jpegHeader } from '../image/jpegHeader.ts'
import { quickJpegPixels } from '../image/quickJpeg.ts'
import { imageLimits } from '../image/types.ts'
import { english } from '../messages/en/index.ts'
import { lineOf } from '../messages/text.ts'
import { openRegistry } from '../registry/registry.ts'
import { sampleFolder } from '../server/machine/samples.ts'

/**
 * `node smokeTest.ts`, which an installed application runs with --smoke-test: each native module does once what it is
 * there for. One line for each, standard output; exit code 1 where one of them does not work. Devices other than the CPU
 * are named with what they said: a machine without a GPU is none to complain of.
 */
const steps: Readonly<Record<string, () => Promise<string>>> = {
  async decode() {
    const { width, height } = await decode(join(sampleFolder, 'clipart/fruit/apple.png'))
    return `a PNG of ${width} × ${height} pixels`
  },
  async jpeg() {
    const image = await decode(join(sampleFolder, 'clipart/fruit/apple.png'))
    const { width } = await decodeBytes(await encodeJpeg(image, 90))
    if (width !== image.width) throw new Error(`${width} pixels instead of ${image.width}`)
    const bytes = await encodeJpeg(image, 90)
    const quick = await quickJpegPixels(bytes, jpegHeader(bytes)!, imageLimits)
    if (quick?.width !== image.width) throw new Error('the quick decoder read nothing')
    return `written, and read by both decoders (${quick.data.length} bytes)`
  },
  async sqlite() {
    const folder = temporaryFolder('smoke')
    try {
      const registry = openRegistry(join(folder, 'registry.sqlite'))
      const { length } = registry.runs.list()
      registry.close()
      return `a new registry with ${length} runs`
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
  async train() {
    const { devices, engines } = await listDevices()
    const cpu = devices.find(({ engine, id, usable }) => engine === 'onnxruntime' && id === 'cpu' && usable)
    if (!cpu) throw new Error(devices.map(({ id, reason }) => `${id}: ${said(reason)}`).join('; '))
    const others = devices.filter((device) => device !== cpu)
    const told = others.map(({ id, usable, reason }) => `${id} ${usable ? 'works' : `(${said(reason)})`}`)
    return `${engines[0]!.name} ${engines[0]!.version}, ${['cpu works', ...told].join(', ')}`
  },
}

const said = (reason: TestedDevice['reason']): string => (reason ? lineOf(english, reason) : 'usable')

for (const [name, step] of Object.entries(steps)) {
  try {
    console.log(`${name}: ${await step()}`)
  } catch (error) {
    console.log(`${name}: FAILED: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
}
