import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { random } from '../../core/base/random.ts'
import { bytesOf, type Tensor } from '../../core/base/tensor.ts'
import { findEngine } from '../../core/engine/index.ts'
import { buildNetwork } from '../../core/network/architectures/index.ts'
import { familyOf } from '../../core/network/architectures/names.ts'
import { libraryModels, libraryTensors } from '../../core/network/architectures/libraryModels.ts'
import { writeSafetensors } from '../../core/weights/safetensors.ts'
import { saveCheckpoint, startCheckpoint } from '../../core/training/checkpoint.ts'
import { parseRecipe } from '../../core/training/recipe.ts'

/**
 * Checkpoints of A, B, D and E with and without batch normalization, of ResNets, GoogLeNet and SE-ResNet-50, at full width,
 * loaded in torchvision or timm with strict=True, and logits of both: `npx node test/reference/torchvision.ts --python
 * PYTHON [--configs A,B,D,E]`. Each takes up to half a gigabyte in a temporary folder. Prints the largest difference,
 * relative to the largest logit; ends with 1 where it is above 1e-4.
 */
const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    configs: {
      type: 'string',
      default: 'A,B,D,E,resnet18,resnet50,resnet101,googlenet-torchvision,seresnet50,seresnet50:paper',
    },
  },
})
const classes = Array.from({ length: 10 }, (_, index) => `class ${index}`)
const statistics = {
  mean: [120, 110, 100],
  std: [60, 55, 50],
  pca: { values: [1, 1, 1], vectors: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] }, // prettier-ignore
} as const

const code = `
import sys, json, torch, torchvision
from safetensors.torch import load_file
model_name, checkpoint, images, side, logits = sys.argv[1:]
sys.argv = sys.argv[:1]
if 'seresnet' in model_name:
    import timm
    model = timm.create_model(model_name, num_classes=10).eval()
else:
    quick = {} if model_name.startswith('resnet') else dict(init_weights=False)
    model = torchvision.models.get_model(model_name, weights=None, num_classes=10, **quick).eval()
state = {name: tensor for name, tensor in load_file(checkpoint).items() if not name.startswith('momentum/')}
model.load_state_dict(state, strict=True)
x = torch.frombuffer(bytearray(open(images, 'rb').read()), dtype=torch.float32).reshape(-1, 3, int(side), int(side))
with torch.no_grad(): y = model(x).flatten()
ours = torch.tensor(json.loads(logits))
print(float((y - ours).abs().max() / ours.abs().max()))`

const folder = mkdtempSync(join(tmpdir(), 'vgg-torchvision-'))
let worst = 0
for (const named of values.configs.split(',')) {
  const [config, variant] = named.split(':')
  const isVgg = familyOf({ config }) === 'vgg'
  for (const batchNorm of isVgg ? [false, true] : [null]) {
    // 7×7 in front of the classifier, as torchvision makes of every crop.
    const crop = batchNorm === true ? 255 : 224
    const settings = { ...(batchNorm !== null && { batchNorm }), ...(variant && { variant }) }
    const initialization = { kind: 'he' }
    const recipe = parseRecipe({ network: { config, ...settings }, data: { crop }, initialization })
    const checkpoint = startCheckpoint({ recipe, classes, statistics })
    if (batchNorm !== false) livelyStatistics(checkpoint.state.weights)
    const path = join(folder, 'checkpoint.safetensors')
    const [found] = libraryModels(recipe.network)
    await saveCheckpoint(path, checkpoint)
    // timm has gates in another shape, and its older models other names.
    if (found!.library === 'timm')
      await writeSafetensors(path, libraryTensors(found!, checkpoint.state.weights), {})
    const source = random(5)
    const data = Float32Array.from({ length: 3 * crop * crop }, () => 2 * source.uniform() - 1)
    const predictor = await findEngine('onnxruntime').predictor(
      buildNetwork(checkpoint.network),
      checkpoint.state.weights,
    )
    const logits = await predictor.logits({ shape: [1, 3, crop, crop], data })
    await predictor.dispose()
    writeFileSync(join(folder, 'images.f32'), bytesOf(data))
    const { model } = found!
    const words = [model, path, join(folder, 'images.f32'), String(crop), JSON.stringify([...logits.data])]
    const { stdout, stderr, status } = spawnSync(values.python, ['-c', code, ...words], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${model}: ${stderr}`)
    console.log(
      `${model} at ${crop}: loads with strict=True, largest difference ${Number(stdout).toExponential(1)}`,
    )
    worst = Math.max(worst, Number(stdout))
  }
}
rmSync(folder, { recursive: true })
process.exitCode = worst > 1e-4 ? 1 : 0

/** As after training: neither 0 nor 1. */
function livelyStatistics(weights: ReadonlyMap<string, Tensor>): void {
  const source = random(6)
  for (const [name, { data }] of weights) {
    if (name.endsWith('.running_mean')) data.forEach((_, index) => (data[index] = source.uniform() - 0.5))
    if (name.endsWith('.running_var')) data.forEach((_, index) => (data[index] = 0.5 + source.uniform()))
  }
}
