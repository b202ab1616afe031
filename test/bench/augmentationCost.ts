import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { openLoader } from '../../core/pipeline/loader.ts'
import type { Augmentation } from '../../core/pipeline/types.ts'

/**
 * What each augmentation adds to a crop of 224 pixels whose image is decoded already: processor time, which other work on
 * the machine changes little. `node test/bench/augmentationCost.ts [--rounds 5]`: one JSON object a line, the least of the
 * rounds; `perPixel` is what it takes more than the plain crop, in seconds of one core for each pixel of the crop.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const [count, crop] = [60, 224]
const plain: Augmentation = {
  ...{ crop, scale: { min: 256, max: 512 }, mode: 'crop', flip: true, colorShift: null },
}
const variants: Readonly<Record<string, Partial<Augmentation>>> = {
  plain: {},
  resized: { crops: 'resized', cropArea: 0.08 },
  rotation: { rotation: 15 },
  brightness: { brightness: 0.4 },
  contrast: { contrast: 0.4 },
  saturation: { saturation: 0.4 },
  'blur of 1 pixel': { blur: 1 },
  'blur of 2 pixels': { blur: 2 },
  erasing: { erasing: 0.25 },
  mixup: { mixup: 0.2 },
  all: {
    ...{ rotation: 15, brightness: 0.4, contrast: 0.4, saturation: 0.4 },
    ...{ blur: 2, erasing: 0.25, mixup: 0.2 },
  },
}

async function paint(folder: string, index: number): Promise<string> {
  const [width, height] = [500, 375]
  const levels = Uint8Array.from(
    { length: 3 * width * height },
    (_, at) => 128 + 100 * Math.sin(at / (300 + index)) + ((at * 7919) % 23),
  )
  const path = join(folder, `${index}.jpg`)
  await sharp(levels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toFile(path)
  return path
}

const work = mkdtempSync(join(tmpdir(), 'vgg-augmentation-'))
try {
  mkdirSync(join(work, 'pictures'))
  const places = Array.from({ length: count }, (_, index) => index)
  const paths = await Promise.all(places.map((index) => paint(join(work, 'pictures'), index)))
  const loader = openLoader({
    items: paths.map((path, index) => ({ path, label: index % 3 })),
    normalization: { mean: [120, 120, 120], std: [60, 60, 60] },
    threads: 1,
    cache: { folder: join(work, 'cache'), bytes: 1e9 },
  })
  const least = new Map<string, number>()
  let epoch = 0
  // The first round decodes, and lets the compiler see each.
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const [name, more] of Object.entries(variants)) {
      const before = process.cpuUsage()
      const plan = { order: Uint32Array.from(places), from: 0, microBatch: 16, seed: 1, epoch: epoch++ }
      await Array.fromAsync(loader.training({ ...plan, augmentation: { ...plain, ...more } }), () => null)
      const { user, system } = process.cpuUsage(before)
      const seconds = (user + system) / 1e6 / count
      if (round > 0) least.set(name, Math.min(least.get(name) ?? Infinity, seconds))
    }
  }
  await loader.dispose()
  const own = least.get('plain')!
  for (const [augmentation, seconds] of least) {
    const perPixel = Number(((seconds - own) / crop ** 2).toPrecision(3))
    const ratio = Number((seconds / own).toFixed(2))
    console.log(
      JSON.stringify({ augmentation, milliseconds: Number((1000 * seconds).toFixed(3)), ratio, perPixel }),
    )
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
