import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { permutation, random } from '../../core/base/random.ts'
import { imagePath } from '../../core/dataset/imagePath.ts'
import { mean } from '../../core/evaluation/metrics.ts'
import { parseProtocol } from '../../core/evaluation/protocol.ts'
import { openContext, type JobContext } from '../../core/jobs/context/context.ts'
import { loadImage } from '../../core/jobs/tasks/activations.ts'
import { heatMap } from '../../core/jobs/tasks/heatMap.ts'
import { trainRun } from '../../core/jobs/train.ts'
import type { View } from '../../core/pipeline/types.ts'
import { findPreset } from '../../core/training/presets.ts'
import { parseRecipe } from '../../core/training/recipe.ts'
import { mergeRecipes } from '../../core/training/settings.ts'
import { subjects } from './initialization/data.ts'

/**
 * How much of a heat map lies on the object: `node test/bench/heatMaps.ts [--epochs 10] [--seeds 0,1,2]`; prints a JSON line for
 * each seed.
 *
 * A network learns 8 folders of Debian's openclipart-png (preset quick-look, at most 100 pictures of each). Of each validation image with an alpha mask, Grad-CAM of its class at
 * the last convolution, enlarged linearly to what the network saw: `inside` is the share of its sum where the mask is, in the mean over
 * images; `disc` the same of a disc in the middle, half as wide as the image; `area` the mask's share of the image, which is
 * what a map without any idea has. Images whose map is empty are counted apart.
 */
const { values } = parseArgs({
  options: { epochs: { type: 'string', default: '10' }, seeds: { type: 'string', default: '0,1,2' } },
})
const library = '/usr/share/openclipart/png'
const most = 100

interface Shares {
  readonly inside: number
  readonly disc: number
  readonly area: number
  readonly isRight: boolean
}

/** Null where nothing in the last convolution speaks for the class. */
async function sharesOf(
  context: JobContext,
  run: string,
  { path, label, view, folder }: { path: string; label: number; view: View; folder: string },
): Promise<Shares | null> {
  const { heat, greatest, predicted } = await heatMap(context, { run, image: path, explained: label })
  if (greatest === 0) return null
  const side = view.crop
  const map = await sharp(heat)
    .extractChannel('alpha')
    .resize(side, side, { kernel: 'linear', fit: 'fill' })
    .raw()
    .toBuffer()
  const file = join(folder, 'mask.png')
  await sharp(path).extractChannel('alpha').png().toFile(file)
  const mask = await loadImage(file, view, { mean: [0, 0, 0], std: [255, 255, 255] })
  const shareOf = (weight: (pixel: number) => number): number => {
    let [on, all] = [0, 0]
    for (let pixel = 0; pixel < side * side; pixel++) {
      on += weight(pixel) * mask.data[pixel]!
      all += weight(pixel)
    }
    return on / all
  }
  const middle = (side - 1) / 2
  return {
    inside: shareOf((pixel) => map[pixel]!),
    disc: shareOf((pixel) =>
      Number(Math.hypot((pixel % side) - middle, Math.floor(pixel / side) - middle) <= side / 4),
    ),
    area: shareOf(() => 1),
    isRight: predicted === label,
  }
}

/** Copies with a shorter side of 128 pixels, masks and all, so that no time goes into decoding. */
async function copyPictures(folder: string): Promise<void> {
  const size = { width: 128, height: 128, fit: 'outside', withoutEnlargement: true } as const
  for (const [index, subject] of subjects.entries()) {
    mkdirSync(join(folder, subject), { recursive: true })
    const names = readdirSync(join(library, subject), { recursive: true, encoding: 'utf8' })
    const pictures = names.filter((name) => name.endsWith('.png')).sort()
    for (const at of permutation(pictures.length, random(22, index)).subarray(0, most)) {
      const picture = sharp(join(library, subject, pictures[at]!), { limitInputPixels: false })
      await picture
        .resize(size)
        .png()
        .toFile(join(folder, subject, `${at}.png`))
    }
  }
}

const work = mkdtempSync(join(tmpdir(), 'vgg-heat-maps-'))
try {
  const pictures = join(work, 'pictures')
  await copyPictures(pictures)
  const context = openContext({ home: join(work, 'home') })
  for (const seed of values.seeds.split(',').map(Number)) {
    const changes = { optimization: { epochs: Number(values.epochs) }, seed }
    const recipe = mergeRecipes((await findPreset('quick-look')).recipe, changes)
    const { run, validation } = await trainRun(context, { dataset: pictures, recipe })
    const { crop, mode, scales } = parseProtocol({}, parseRecipe(recipe).data)
    const view: View = { kind: 'center', scale: scales[0]!, crop, mode }
    const manifest = context.registry.datasets.manifest(context.registry.runs.get(run).dataset!)
    const shares: (Shares | null)[] = []
    for (const image of manifest.images) {
      if (image.split !== 'validation' || !image.info.alpha) continue
      const path = imagePath(manifest, image)
      shares.push(await sharesOf(context, run, { path, label: image.label, view, folder: work }))
    }
    const found = shares.filter((one) => one !== null)
    const meansOf = (among: readonly Shares[]) => {
      const of = (key: 'inside' | 'disc' | 'area'): number =>
        Number(mean(among.map((one) => one[key])).toFixed(3))
      return { images: among.length, inside: of('inside'), disc: of('disc'), area: of('area') }
    }
    const error = validation?.top1Error
    const right = meansOf(found.filter(({ isRight }) => isRight))
    const empty = shares.length - found.length
    console.log(JSON.stringify({ seed, validationError: error, empty, all: meansOf(found), right }))
  }
  context.registry.close()
} finally {
  rmSync(work, { recursive: true, force: true })
}
