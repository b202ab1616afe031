import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { random, type Random } from '../../../core/base/random.ts'

export const dataNames = ['clipart8', 'clipart', 'clothes'] as const
export type DataName = (typeof dataNames)[number]

interface Image {
  readonly path: string
  readonly label: string
}

const sample = fileURLToPath(new URL('../../../resources/sample/', import.meta.url))
/** Folder of Debian's package openclipart-png. Nothing is written there. */
const library = '/usr/share/openclipart/png'
/** Folders named after a subject; the others are of shapes, signs and styles. */
export const subjects = [
  ...['animals', 'buildings', 'food', 'people', 'plants', 'recreation', 'tools', 'transportation'],
]

/**
 * A data set as a CSV file in the folder, its split chosen by a fixed seed, whatever the training's seed is:
 * - clipart8: 525 images for training, 420 held out, of 8 folders of openclipart-png (at most 130 of each)
 * - clipart: the sample, 252 and 108 of 6 classes
 * - clothes: the sample of Fashion-MNIST, 1,200 and 400 of 10 classes, as it is split
 *
 * What is larger is copied first with a shorter side of 128 pixels over white, so that no time goes into decoding.
 * @param most training images
 * @returns the path of the CSV file
 */
export async function studyData(folder: string, name: DataName, most: number): Promise<string> {
  const file = join(folder, `${name}-${most}.csv`)
  if (existsSync(file)) return file
  mkdirSync(folder, { recursive: true })
  const [all, heldOut] = splitOf(name)
  const training = all.slice(0, most)
  const row = (split: string) => (image: Image) =>
    `"${image.path.replaceAll('"', '""')}",${image.label},${split}`
  const small = (split: string, images: readonly Image[]): Promise<Image[]> =>
    Promise.all(images.map((image, index) => shrunk(image, join(folder, `${name}-${split}-${index}.png`))))
  const rows = [
    ...(await small('train', training)).map(row('train')),
    ...(await small('val', heldOut)).map(row('val')),
  ]
  writeFileSync(file, ['path,label,split', ...rows, ''].join('\n'))
  return file
}

async function shrunk({ path, label }: Image, copy: string): Promise<Image> {
  const size = { width: 128, height: 128, fit: 'outside', withoutEnlargement: true } as const
  if (existsSync(copy)) return { path: copy, label }
  const image = sharp(path, { limitInputPixels: false, failOn: 'none' })
  await image.flatten({ background: '#ffffff' }).resize(size).png().toFile(copy)
  return { path: copy, label }
}

export function classCount(name: DataName): number {
  return { clipart8: 8, clipart: 6, clothes: 10 }[name]
}

function splitOf(name: DataName): readonly [readonly Image[], readonly Image[]] {
  if (name === 'clothes') {
    const of = (split: string): Image[] => imagesOf(join(sample, 'fashion-mnist', split))
    return [shuffled(of('train'), random(12, 0)), of('test')]
  }
  const folder = name === 'clipart' ? join(sample, 'clipart') : library
  const [most, count, training] = name === 'clipart' ? [60, 360, 252] : [130, 945, 525]
  const labels = name === 'clipart' ? readdirSync(folder).sort() : subjects
  const chosen = labels.flatMap((label, index) =>
    shuffled(pngsOf(join(folder, label)), random(12, index))
      .slice(0, most)
      .map((path) => ({ path, label })),
  )
  const all = shuffled(chosen, random(12, labels.length)).slice(0, count)
  return [all.slice(0, training), all.slice(training)]
}

function imagesOf(folder: string): Image[] {
  return readdirSync(folder)
    .sort()
    .flatMap((label) => pngsOf(join(folder, label)).map((path) => ({ path, label })))
}

export function pngsOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.png'))
    .sort()
    .map((path) => join(folder, path))
}

export function shuffled<T>(values: readonly T[], draw: Random): T[] {
  return values
    .map((value) => ({ value, key: draw.uniform() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value)
}
