import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Tensor } from '../../../core/base/tensor.ts'
import { decode } from '../../../core/image/decode.ts'

/** Images 3×32×32 (28×28 gray with a black border), normalized, and their classes 0–9. */
export interface Images {
  readonly images: Tensor
  readonly labels: Int32Array
}

const classes = 't-shirt trouser pullover dress coat sandal shirt sneaker bag ankle-boot'.split(' ')
const side = 28
const padded = 32
const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url))

/** The 1,200 training images of the sample data set, classes taking turns. */
export async function trainingImages(): Promise<Images> {
  const folder = path('resources/sample/fashion-mnist/train')
  const files = classes.map((name) => readdirSync(join(folder, name)).sort())
  const list = files[0]!.flatMap((_, index) =>
    classes.map((name, label) => ({ label, file: join(folder, name, files[label]![index]!) })),
  )
  const pictures = await Promise.all(list.map(({ file }) => decode(file)))
  return {
    images: tensorOf(pictures.map(({ data }) => data.filter((_, index) => index % 3 === 0))),
    labels: Int32Array.from(list, ({ label }) => label),
  }
}

/** The first 2,000 test images (test/reference/fashionMnist.py). */
export function testImages(): Images {
  const content = gunzipSync(readFileSync(path('test/fixtures/fashion-mnist/test-2000.gz')))
  const count = content.length / (1 + side * side)
  const picture = (index: number): Uint8Array =>
    content.subarray(count + index * side * side).subarray(0, side * side)
  return {
    images: tensorOf(Array.from({ length: count }, (_, index) => picture(index))),
    labels: Int32Array.from(content.subarray(0, count)),
  }
}

function tensorOf(pictures: readonly Uint8Array[]): Tensor {
  const normalized = (level: number): number => (level / 255 - 0.286) / 0.353
  const plane = padded * padded
  const data = new Float32Array(pictures.length * 3 * plane).fill(normalized(0))
  const border = (padded - side) / 2
  pictures.forEach((picture, image) => {
    picture.forEach((level, pixel) => {
      const [row, column] = [Math.floor(pixel / side) + border, (pixel % side) + border]
      for (let channel = 0; channel < 3; channel++) {
        data[(image * 3 + channel) * plane + row * padded + column] = normalized(level)
      }
    })
  })
  return { shape: [pictures.length, 3, padded, padded], data }
}

/** Images at the given places, in that order. */
export function pick({ images, labels }: Images, places: readonly number[]): Images {
  const [, ...shape] = images.shape
  const size = images.data.length / labels.length
  const data = new Float32Array(places.length * size)
  places.forEach((place, index) =>
    data.set(images.data.subarray(place * size, (place + 1) * size), index * size),
  )
  return {
    images: { shape: [places.length, ...shape], data },
    labels: Int32Array.from(places, (place) => labels[place]!),
  }
}
