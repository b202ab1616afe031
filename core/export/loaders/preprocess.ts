/** From a decoded picture to probabilities, by the rules in preprocessing.json. Needs nothing else. */

/** Rows from the top, R G B interleaved, levels 0–255. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** The part of preprocessing.json that says what to do to a picture. */
export interface Rules {
  readonly preprocessing: 'inside' | 'outside'
  readonly dense: boolean
  readonly input: {
    readonly name: string
    readonly layout: 'NCHW' | 'NHWC'
    /** The number of pictures comes first; a word where any will do. */
    readonly shape: readonly (string | number)[]
  }
  readonly output: { readonly name: string }
  readonly resize: {
    readonly mode: 'crop' | 'pad' | 'pad-white' | 'squash'
    readonly scale: number
    /** Color beside a padded picture. */
    readonly fill: readonly number[]
  }
  readonly crop: { readonly width: number }
  readonly normalization: { readonly mean: readonly number[]; readonly std: readonly number[] }
  readonly labels: readonly string[]
}

export interface Input {
  readonly type: 'float32' | 'uint8'
  readonly data: Float32Array | Uint8Array
  readonly shape: readonly number[]
}

/**
 * The model's input: the picture as it is where the model holds the preprocessing, else normalized levels. A model for a certain number
 * of pictures gets the same one as often.
 */
export function modelInput(picture: Picture, rules: Rules): Input {
  const [images] = rules.input.shape
  const count = typeof images === 'number' ? images : 1
  if (rules.preprocessing === 'inside') {
    const { width, height, data } = picture
    return { type: 'uint8', data: repeated(data, count), shape: [count, height, width, 3] }
  }
  const { mean, std } = rules.normalization
  const { width, height, data } = cropped(picture, rules)
  const size = width * height
  const [pixelStep, channelStep] = rules.input.layout === 'NHWC' ? [3, 1] : [1, size]
  const values = new Float32Array(3 * size)
  for (let pixel = 0; pixel < size; pixel++)
    for (let channel = 0; channel < 3; channel++)
      values[pixel * pixelStep + channel * channelStep] =
        (data[pixel * 3 + channel]! - mean[channel]!) / std[channel]!
  const sides = rules.input.layout === 'NHWC' ? [height, width, 3] : [3, height, width]
  return { type: 'float32', data: repeated(values, count), shape: [count, ...sides] }
}

function repeated<T extends Float32Array | Uint8Array>(values: T, count: number): T {
  if (count === 1) return values
  const all = new (values.constructor as new (length: number) => T)(values.length * count)
  for (let index = 0; index < count; index++) all.set(values, index * values.length)
  return all
}

/** Resized, on a square where it is padded, and the middle cut out; a dense model sees it whole. */
function cropped(picture: Picture, { resize, crop, dense }: Rules): Picture {
  const size = resizedSize(picture, resize.mode, resize.scale)
  const resized = resample(picture, size.width, size.height)
  if (dense) return resized
  const canvas = isPadded(resize.mode) ? { width: resize.scale, height: resize.scale } : size
  const half = (outer: number, inner: number): number => Math.floor((outer - inner) / 2)
  const left = half(canvas.width, crop.width) - half(canvas.width, size.width)
  const top = half(canvas.height, crop.width) - half(canvas.height, size.height)
  const data = new Uint8Array(crop.width * crop.width * 3)
  for (let index = 0; index < data.length; index++) {
    const pixel = Math.floor(index / 3)
    const x = left + (pixel % crop.width)
    const y = top + Math.floor(pixel / crop.width)
    const inside = x >= 0 && y >= 0 && x < size.width && y < size.height
    data[index] = inside ? resized.data[(y * size.width + x) * 3 + (index % 3)]! : resize.fill[index % 3]!
  }
  return { width: crop.width, height: crop.width, data }
}

const isPadded = (mode: Rules['resize']['mode']): boolean => mode.startsWith('pad')

function resizedSize({ width, height }: Picture, mode: Rules['resize']['mode'], scale: number) {
  if (mode === 'squash') return { width: scale, height: scale }
  const ratio = scale / (isPadded(mode) ? Math.max(width, height) : Math.min(width, height))
  const side = (length: number): number => Math.max(1, Math.round(length * ratio))
  return { width: side(width), height: side(height) }
}

/** Linear with antialiasing (a browser's and sharp's own resizing differ), rounded once. */
function resample({ width, height, data }: Picture, toWidth: number, toHeight: number): Picture {
  if (width === toWidth && height === toHeight) return { width, height, data }
  const columns = filter(width, toWidth)
  const rows = filter(height, toHeight)
  const out = new Uint8Array(toWidth * toHeight * 3)
  const row = new Float64Array(width * 3)
  rows.forEach(({ start, weights }, y) => {
    row.fill(0)
    weights.forEach((weight, tap) => {
      const from = (start + tap) * width * 3
      for (let index = 0; index < row.length; index++) row[index]! += weight * data[from + index]!
    })
    columns.forEach(({ start: first, weights: across }, x) => {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0.5
        for (let tap = 0; tap < across.length; tap++) sum += across[tap]! * row[(first + tap) * 3 + channel]!
        out[(y * toWidth + x) * 3 + channel] = sum
      }
    })
  })
  return { width: toWidth, height: toHeight, data: out }
}

/** For each output pixel: the first source pixel, and the weights from there on. */
function filter(
  from: number,
  to: number,
): readonly { readonly start: number; readonly weights: Float64Array }[] {
  const ratio = from / to
  const support = Math.max(ratio, 1)
  return Array.from({ length: to }, (_, index) => {
    const center = (index + 0.5) * ratio
    const start = Math.max(0, Math.floor(center - support))
    const end = Math.min(from, Math.ceil(center + support))
    const weights = Float64Array.from({ length: end - start }, (_, tap) =>
      Math.max(0, 1 - Math.abs(start + tap + 0.5 - center) / support),
    )
    const sum = weights.reduce((total, weight) => total + weight, 0)
    return { start, weights: weights.map((weight) => weight / sum) }
  })
}

/** A model that is open. */
export interface Model {
  run(input: Input): Promise<Float32Array>
}

/** One probability for each label. */
export async function classified(model: Model, picture: Picture, rules: Rules): Promise<Float32Array> {
  return probabilitiesOf(await model.run(modelInput(picture, rules)), rules)
}

/** Probabilities of the first picture from the model's output, which are logits where the preprocessing lies outside. */
export function probabilitiesOf(output: Float32Array, { output: { name }, labels }: Rules): Float32Array {
  const first = output.slice(0, labels.length)
  if (name === 'probabilities') return first
  const highest = first.reduce((a, b) => Math.max(a, b))
  const exponentials = Float64Array.from(first, (logit) => Math.exp(logit - highest))
  const total = exponentials.reduce((a, b) => a + b)
  return Float32Array.from(exponentials, (value) => value / total)
}
