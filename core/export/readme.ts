import { certificateText, comparisonText } from '../messages/en/words.ts'
import type { LibraryModel } from '../network/architectures/libraryModels.ts'
import type { Certificate } from './certificate.ts'
import type { ExportFormat } from './formatNames.ts'
import type { Preprocessing } from './preprocessing.ts'

/** What has to be said of the weights that training started from. */
function attributionText({ attribution }: Preprocessing): string {
  return attribution ? `\nTraining started from other weights: ${attribution.text}\n` : ''
}

function temperatureText({ temperature }: Preprocessing): string {
  return temperature === undefined
    ? ''
    : `\nCalibrated: the logits are already divided by the temperature ${temperature.toFixed(4)}, fitted on validation images.\n`
}

function accuracyText({ labelled, correct, runtimes }: Certificate): string {
  if (labelled === 0) return ''
  const own = runtimes.map(({ runtime, correct: right }) => `${right} by ${runtime}`).join(', ')
  return ` Of ${labelled} labeled images that were not trained on, the network gets ${correct} right, the export ${own}.`
}

function lossText({ comparison }: Certificate): string {
  return comparison ? `\n${comparisonText(comparison)}\n` : ''
}

function preparationText({ resize, crop, dense, normalization, preprocessing }: Preprocessing): string {
  const values = (numbers: readonly number[]): string => numbers.map((n) => String(+n.toFixed(4))).join(', ')
  const steps = [
    `Resize ${resize.rule}; linear with antialiasing; levels rounded.`,
    dense ? 'Keep all of it.' : `Cut out the middle ${crop.width}×${crop.height} pixels.`,
    `Subtract the mean (${values(normalization.mean)}) from each channel's 0–255 levels and divide by ${values(normalization.std)}.`,
  ]
  return preprocessing === 'inside'
    ? `The model does the rest by itself:\n\n${steps.map((step) => `- ${step}`).join('\n')}`
    : steps.map((step, index) => `${index + 2}. ${step}`).join('\n')
}

const formatTitles: Readonly<Record<ExportFormat, string>> = {
  onnx: '`model.onnx`: ONNX, opset 13, in single precision',
  'onnx-fp16': '`model.onnx`: ONNX, opset 13, in half precision',
  'onnx-int8':
    '`model.onnx`: ONNX, opset 13, in 8-bit integers (static, QDQ; where the metadata say `weight_bits` 8, x86 processors need VNNI)',
  tfjs: '`model.json`, `weights`: a graph model of TensorFlow.js',
  savedmodel:
    '`saved_model.pb`, `variables`: a SavedModel of TensorFlow (tag `serve`, signature `serving_default`)',
  safetensors:
    '`model.safetensors`: the weights as safetensors. `model.py`: the network in PyTorch, which loads them with `strict=True`',
}

type Family = 'onnx' | 'tfjs' | 'savedmodel' | 'safetensors'
const families: Readonly<Record<ExportFormat, Family>> = {
  ...{ onnx: 'onnx', 'onnx-fp16': 'onnx', 'onnx-int8': 'onnx' },
  ...{ tfjs: 'tfjs', savedmodel: 'savedmodel', safetensors: 'safetensors' },
}

const webFiles = (ours: string, model: string): string =>
  `\`browser.ts\`: the same for web pages, with \`${ours}\`.\n- \`index.html\` (with \`runtime.js\`): a page that classifies dropped pictures, without any network. From a folder it first wants ${model} dropped onto it; from a web server it fetches it.`

const programs: Readonly<Record<Family, string>> = {
  onnx: `\`classify.py\`, \`classify.ts\` (with \`picture.ts\`, \`preprocess.ts\`, \`openOnnx.ts\`): programs that classify pictures; ${webFiles('onnx.ts', '`model.onnx`')}`,
  tfjs: `\`classify.ts\` (with \`picture.ts\`, \`preprocess.ts\`, \`openTfjs.ts\`): a program that classifies pictures; ${webFiles('tfjs.ts', '`model.json` and all files in `weights`')}`,
  savedmodel: '`classify.py`: a program that classifies pictures.',
  safetensors: '`classify.py`: a program that classifies pictures.',
}

function filesText(rules: Preprocessing, format: ExportFormat): string {
  const { input, output } = rules
  const result = output.name === 'logits' ? ' Softmax turns them into probabilities.' : ''
  const what = `input \`${input.name}\` (${input.type}, ${input.shape.join('×')}, ${input.colorOrder}), output \`${output.name}\` (${output.type}, ${output.shape.join('×')}).${result}`
  const family = families[format]
  return [
    `${formatTitles[format]}; ${what}`,
    `\`preprocessing.json\`: labels and preprocessing for programs${family === 'safetensors' || family === 'savedmodel' ? '' : "; the model's metadata holds the same"}.`,
    '`labels.txt`: class names, one a line, in the order of the outputs.',
    programs[family],
    '`MODEL_CARD.md`: what it was trained and measured on, where it is weak, what is owed to others.',
    '`certificate.json`, `check`: what the export was compared on, for checking it again.',
    '`SHA256SUMS`: whether the files are still what was written: `sha256sum -c SHA256SUMS` in this folder.',
  ]
    .map((line) => `- ${line}`)
    .join('\n')
}

const pythonPackages: Readonly<Record<Exclude<Family, 'tfjs'>, string>> = {
  onnx: 'onnxruntime',
  savedmodel: 'tensorflow',
  safetensors: 'torch safetensors',
}

function pythonText(family: Family): string {
  if (family === 'tfjs') return ''
  return `
## Python

\`pip install ${pythonPackages[family]} pillow numpy\`, then \`python classify.py picture.jpg\`. In a program:

\`\`\`python
from classify import Classifier

classifier = Classifier()
probabilities = classifier.probabilities("picture.jpg")
print(classifier.labels[probabilities.argmax()], probabilities.max())
\`\`\`

\`python classify.py --verify\` runs the certificate again.
`
}

function nodeText(packages: string): string {
  return `
## Node.js

\`npm install ${packages} sharp\`, then \`node classify.ts picture.jpg\` (Node.js 22.18 or newer). In a program:

\`\`\`ts
import { openClassifier } from './classify.ts'

const classifier = await openClassifier(import.meta.dirname)
const probabilities = await classifier.probabilities('picture.jpg')
const best = probabilities.indexOf(Math.max(...probabilities))
console.log(classifier.labels[best], probabilities[best])
\`\`\`
`
}

const refusals =
  '`browser.ts` refuses what browsers show otherwise: 16 bits of color, CMYK, color profiles other than sRGB, AVIF and TIFF.'

const webPackages = { onnx: 'onnxruntime-web', tfjs: '@tensorflow/tfjs' } as const

const onnxWebText = `
## Browser

\`npm install ${webPackages.onnx}\`; ${refusals}

\`\`\`ts
import * as ort from '${webPackages.onnx}/wasm'
import { classifierOf } from './browser.ts'
import { openModel } from './onnx.ts'

const rules = await (await fetch('preprocessing.json')).json()
const bytes = new Uint8Array(await (await fetch('model.onnx')).arrayBuffer())
const classifier = classifierOf(await openModel(ort, bytes, rules), rules)
const probabilities = await classifier.probabilities(file)
\`\`\`
`

const tfjsWebText = `
## Browser

\`npm install ${webPackages.tfjs}\`; ${refusals} The back end is yours to choose: \`webgl\`, \`webgpu\` and \`wasm\` have all that the model needs.

\`\`\`ts
import * as tf from '${webPackages.tfjs}'
import { classifierOf } from './browser.ts'
import { openModel } from './tfjs.ts'

await tf.ready()
const rules = await (await fetch('preprocessing.json')).json()
const classifier = classifierOf(await openModel(tf, 'model.json', rules), rules)
const probabilities = await classifier.probabilities(file)
\`\`\`
`

const tensorflowText = `
## TensorFlow

In a program of TensorFlow's, from images that are prepared as above; servers of TensorFlow's take the folder as it is:

\`\`\`python
import tensorflow as tf

predict = tf.saved_model.load(".").signatures["serving_default"]
logits = predict(images=tf.constant(images))["logits"]
\`\`\`
`

const torchText = `
## PyTorch

In a program of PyTorch's, from images that are prepared as above:

\`\`\`python
import torch
from model import load_model

model = load_model()
with torch.no_grad():
    logits = model(images)
\`\`\`
`

/** @param classes number of them */
function libraryText({ library, model, settings }: LibraryModel, classes: number): string {
  const made =
    library === 'timm'
      ? `timm.create_model("${model}", num_classes=${classes})`
      : `torchvision.models.${model}(num_classes=${classes}${settings.map((one) => `, ${one}`).join('')})`
  return `
## ${library}

In ${library}, whose \`${model}\` has the same parameters under the names of the file:

\`\`\`python
import ${library}
from safetensors.torch import load_file

model = ${made}
model.load_state_dict(load_file("model.safetensors"), strict=True)
model.eval()
\`\`\`
`
}

/** README.md of an export: what is in the folder, what to do to an image, programs that do it, and the certificate. */
export function readme(
  rules: Preprocessing,
  certificate: Certificate,
  format: ExportFormat,
  library: LibraryModel | null,
): string {
  const family = families[format]
  const others = {
    onnx: () => nodeText('onnxruntime-node') + onnxWebText,
    tfjs: () =>
      nodeText('@tensorflow/tfjs-core @tensorflow/tfjs-converter @tensorflow/tfjs-backend-wasm') +
      tfjsWebText,
    savedmodel: () => tensorflowText,
    safetensors: () => torchText + (library ? libraryText(library, rules.labels.length) : ''),
  }
  return `# ${rules.description}

${filesText(rules, format)}

Checked against the network that it was made from, from image files on: ${certificateText(certificate)}.${accuracyText(certificate)}
${lossText(certificate)}${attributionText(rules)}${temperatureText(rules)}
## Preprocessing

1. Decode to ${rules.decode}.
${preparationText(rules)}

The programs do all of it. What they would show otherwise than VGG Studio does, they refuse: Pillow keeps 8 of 16 bits of a color, and CMYK without a color profile does not say what its inks look like.
${pythonText(family)}${others[family]()}`
}
