import { parityText } from '../messages/en/words.ts'
import type { Parity } from './parity.ts'
import type { Preprocessing } from './preprocessing.ts'
import { nodePackages, nodeProgram, pythonProgram } from './programs.ts'

/** What has to be said of the weights that training started from. */
function attributionText({ attribution }: Preprocessing): string {
  return attribution ? `\nTraining started from other weights: ${attribution.text}\n` : ''
}

function temperatureText({ temperature }: Preprocessing): string {
  return temperature === undefined
    ? ''
    : `\nCalibrated: the logits are already divided by the temperature ${temperature.toFixed(4)}, fitted on validation images.\n`
}

/** README.md of an export: what is in the folder, what to do to an image, and programs that do it. */
export function readme(rules: Preprocessing, parity: Parity): string {
  const { description, decode, resize, crop, normalization, input, output } = rules
  const values = (numbers: readonly number[]): string => numbers.map((n) => String(+n.toFixed(4))).join(', ')
  return `# ${description}

- \`model.onnx\`: input \`images\` (float32, ${input.shape.join('×')}, ${input.colorOrder}), output \`logits\` (float32, ${output.shape.join('×')}). Softmax turns them into probabilities.
- \`preprocessing.json\`: labels and preprocessing for programs; the model's metadata holds the same.
- \`labels.txt\`: class names, one a line, in the order of the outputs.
- \`SHA256SUMS\`: whether the files are still what was written: \`sha256sum -c SHA256SUMS\` in this folder.

Checked with ONNX Runtime against the network that it was made from: ${parityText(parity)}.
${attributionText(rules)}${temperatureText(rules)}
## Preprocessing

1. Decode to ${decode}.
2. Resize ${resize.rule}; linear with antialiasing.
3. Cut out the middle ${crop.width}×${crop.height} pixels.
4. Subtract the mean (${values(normalization.mean)}) from each channel's 0–255 levels and divide by ${values(normalization.std)}.

## Python

\`pip install onnxruntime pillow numpy\`; this, saved in this folder as \`classify.py\`, runs with \`python classify.py picture.jpg\`:

\`\`\`python
${pythonProgram(resize.mode)}\`\`\`

## Node.js

\`npm install ${nodePackages.join(' ')}\`; this, saved in this folder as \`classify.mjs\`, runs with \`node classify.mjs picture.jpg\`:

\`\`\`js
${nodeProgram(resize.mode)}\`\`\`
`
}
