import type { ResizeMode } from '../image/types.ts'

/** Classifies a picture with onnxruntime, Pillow and NumPy; runs in the export's folder. */
export function pythonProgram(mode: ResizeMode): string {
  return `import json
import os
import sys

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

rules = json.load(open("preprocessing.json", encoding="utf-8"))
scale, crop = rules["resize"]["scale"], rules["crop"]["width"]
mean, std = (np.float32(rules["normalization"][key]) for key in ("mean", "std"))

image = ImageOps.exif_transpose(Image.open(sys.argv[1]))
if image.has_transparency_data:
    image = image.convert("RGBA")
    image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
image = image.convert("RGB")


def resize(width, height):
    # Band by band as floats, because Pillow rounds 8-bit bands twice.
    bands = [band.convert("F").resize((width, height), Image.Resampling.BILINEAR) for band in image.split()]
    return np.floor(np.stack([np.asarray(band) for band in bands], axis=-1) + 0.5)


${pythonResize[mode]}top, left = (levels.shape[0] - crop) // 2, (levels.shape[1] - crop) // 2
levels = levels[top : top + crop, left : left + crop]
images = ((levels - mean) / std).transpose(2, 0, 1)[None]

session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
logits = session.run(["logits"], {"images": images})[0][0]
probabilities = np.exp(logits - logits.max())
probabilities /= probabilities.sum()
for index in probabilities.argsort()[::-1][:5]:
    print(f"{probabilities[index]:.6f}  {rules['labels'][index]}")
`
}

/** @param canvas an expression */
const pythonPadding = (canvas: string): string => `ratio = scale / max(image.size)
width, height = [max(1, int(side * ratio + 0.5)) for side in image.size]
levels = ${canvas}
top, left = (scale - height) // 2, (scale - width) // 2
levels[top : top + height, left : left + width] = resize(width, height)
`

const pythonResize: Readonly<Record<ResizeMode, string>> = {
  crop: `ratio = scale / min(image.size)
levels = resize(*[int(side * ratio + 0.5) for side in image.size])
`,
  pad: pythonPadding('np.tile(np.floor(mean + np.float32(0.5)), (scale, scale, 1))'),
  'pad-white': pythonPadding('np.full((scale, scale, 3), 255, np.float32)'),
  squash: `levels = resize(scale, scale)
`,
}

/** npm packages that nodeProgram needs: the runtime and the decoder. */
export const nodePackages = ['onnxruntime-node', 'sharp'] as const

/** The same program in Node.js. */
export function nodeProgram(mode: ResizeMode): string {
  const [runtime, decoder] = nodePackages
  return `import { readFileSync } from 'node:fs'
import sharp from '${decoder}'

process.env.ORT_DISABLE_TELEMETRY ??= '1'
const { default: ort } = await import('${runtime}')

const rules = JSON.parse(readFileSync('preprocessing.json', 'utf8'))
const { scale } = rules.resize
const crop = rules.crop.width
const { mean, std } = rules.normalization

// Linear with antialiasing, one axis: for each output pixel, [source pixel, weight] pairs. (sharp's kernels differ.)
function filter(from, to) {
  const ratio = from / to
  const support = Math.max(ratio, 1)
  return Array.from({ length: to }, (_, index) => {
    const center = (index + 0.5) * ratio
    const taps = []
    for (let at = Math.max(0, Math.floor(center - support)); at < Math.min(from, center + support); at++)
      taps.push([at, Math.max(0, 1 - Math.abs(at + 0.5 - center) / support)])
    const sum = taps.reduce((total, [, weight]) => total + weight, 0)
    return taps.map(([at, weight]) => [at, weight / sum])
  })
}

const { data: stored, info } = await sharp(process.argv[2], { autoOrient: true })
  .toColourspace('srgb')
  .raw({ depth: 'uchar' })
  .toBuffer({ resolveWithObject: true })
const { width, height } = info
const hasAlpha = info.channels % 2 === 0
const channels = hasAlpha ? info.channels - 1 : info.channels
const data = hasAlpha ? overWhite() : stored

// Rounded; sharp's own flatten cuts off.
function overWhite() {
  return Uint8Array.from({ length: width * height * channels }, (_, index) => {
    const at = Math.floor(index / channels) * info.channels
    const alpha = stored[at + channels]
    return Math.round((stored[at + (index % channels)] * alpha + 255 * (255 - alpha)) / 255)
  })
}

${nodeSize[mode]}const columns = filter(width, size.width)
const rows = filter(height, size.height)
const left = Math.floor((canvas.width - crop) / 2) - Math.floor((canvas.width - size.width) / 2)
const top = Math.floor((canvas.height - crop) / 2) - Math.floor((canvas.height - size.height) / 2)

function level(x, y, channel) {
  if (!columns[x] || !rows[y]) return ${mode === 'pad-white' ? '255' : 'Math.round(mean[channel])'}
  let sum = 0
  for (const [sy, wy] of rows[y])
    for (const [sx, wx] of columns[x]) sum += wy * wx * data[(sy * width + sx) * channels + (channel % channels)]
  return Math.round(sum)
}

const images = new Float32Array(3 * crop * crop)
for (let index = 0; index < images.length; index++) {
  const channel = Math.floor(index / (crop * crop))
  const y = Math.floor(index / crop) % crop
  images[index] = (level(left + (index % crop), top + y, channel) - mean[channel]) / std[channel]
}

const session = await ort.InferenceSession.create('model.onnx')
const { logits } = await session.run({ images: new ort.Tensor('float32', images, [1, 3, crop, crop]) })
const highest = Math.max(...logits.data)
const exponentials = [...logits.data].map((logit) => Math.exp(logit - highest))
const total = exponentials.reduce((a, b) => a + b)
exponentials
  .map((value, index) => [value / total, rules.labels[index]])
  .sort(([a], [b]) => b - a)
  .slice(0, 5)
  .forEach(([probability, label]) => console.log(\`\${probability.toFixed(6)}  \${label}\`))
`
}

const nodePadding = `const ratio = scale / Math.max(width, height)
const fit = (side) => Math.max(1, Math.round(side * ratio))
const size = { width: fit(width), height: fit(height) }
const canvas = { width: scale, height: scale }
`

const nodeSize: Readonly<Record<ResizeMode, string>> = {
  crop: `const ratio = scale / Math.min(width, height)
const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) }
const canvas = size
`,
  pad: nodePadding,
  'pad-white': nodePadding,
  squash: `const size = { width: scale, height: scale }
const canvas = size
`,
}
