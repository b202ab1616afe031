import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '../../base/temporary.ts'
import { invalidWeights } from './bytes.ts'
import { openHdf5, type Hdf5, type Hdf5Group } from './hdf5.ts'
import type { StoredTensor, WeightsFile } from './types.ts'
import type { Zip } from './zip.ts'

/**
 * Weights of Keras: `.h5` of Keras 1 and 2 (attributes `layer_names` and `weight_names` name the layers and their
 * tensors in order), `.weights.h5` of Keras 3 (`layers/<class>_<number>/vars/<index>`), and `.keras`, a zip with one
 * of the latter in it. Tensors are named `<layer>/<kernel|bias|gamma|beta|moving_mean|moving_variance>`.
 */
export async function readKerasH5(path: string): Promise<WeightsFile> {
  const file = await openHdf5(path)
  try {
    return weightsFile(path, file, () => Promise.resolve())
  } catch (error) {
    file.close()
    throw error
  }
}

/** What a `.keras` may unpack to. */
const largestPart = 16e9

/** @param zip the directory of the file; closed here */
export async function readKerasZip(path: string, zip: Zip): Promise<WeightsFile> {
  const folder = temporaryFolder('keras')
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const member = zip.members.get('model.weights.h5')
    if (!member) throw invalidWeights(path, 'its zip has no model.weights.h5')
    if (member.size > largestPart)
      throw invalidWeights(path, `“${member.name}” in it has ${member.size} bytes`)
    const unpacked = join(folder, 'weights.h5')
    await member.extract(unpacked)
    return weightsFile(path, await openHdf5(unpacked), remove)
  } catch (error) {
    await remove()
    throw error
  } finally {
    zip.close()
  }
}

function weightsFile(path: string, file: Hdf5, after: () => Promise<void>): WeightsFile {
  const nested = file.root.group('model_weights')
  const legacy = nested ?? file.root
  const names = legacy.texts('layer_names')
  const found = names ? legacyTensors(path, legacy, names) : modernTensors(path, file.root)
  if (found.length === 0) throw invalidWeights(path, 'there are no weights of Keras in it')
  return {
    path,
    format: names ? 'keras-h5' : 'keras-3',
    layout: 'keras',
    tensors: new Map(found.map((tensor) => [tensor.name, tensor])),
    metadata: {},
    graph: null,
    async close() {
      file.close()
      await after()
    },
  }
}

/** Names as `block1_conv1/kernel:0` or `model/block1_conv1/kernel`: what counts is the layer and the last part. */
function legacyTensors(path: string, root: Hdf5Group, layers: readonly string[]): StoredTensor[] {
  return layers.flatMap((layer) => {
    const group = root.group(layer)
    if (!group) throw invalidWeights(path, `it names a layer “${layer}”, which is not there`)
    return (group.texts('weight_names') ?? []).map((name) => {
      // Keras 1 wrote block1_conv1_W_1:0.
      const part = partOf(name)
      // All tensors of a nested model are listed under its name.
      const inner = /([^/]+)\/[^/]+$/.exec(name)?.[1] ?? layer
      const tensor = group.tensor(name, `${inner}/${part}`)
      if (!tensor) throw invalidWeights(path, `it names a tensor “${name}”, which is not there`)
      return tensor
    })
  })
}

function partOf(name: string): string {
  const last = name.split('/').at(-1)!.replace(/:\d+$/, '')
  if (/_W(_\d+)?$/.test(last)) return 'kernel'
  if (/_b(_\d+)?$/.test(last)) return 'bias'
  return last
}

const parts: Readonly<Record<number, readonly string[]>> = {
  1: ['kernel'],
  2: ['kernel', 'bias'],
  4: ['gamma', 'beta', 'moving_mean', 'moving_variance'],
}
const mostGroups = 10_000
const deepest = 16

/** Layers by number within their class; a model inside the model where it stands. */
function modernTensors(path: string, root: Hdf5Group): StoredTensor[] {
  const found: StoredTensor[] = []
  let visited = 0
  const walk = (group: Hdf5Group, fallback: string, depth: number): void => {
    if (++visited > mostGroups || depth > deepest)
      throw invalidWeights(path, 'its groups are nested without end')
    const variables = group.group('vars')
    const names = variables ? [...variables.names].sort((a, b) => Number(a) - Number(b)) : []
    const layer = variables?.texts('name')?.[0] ?? fallback
    names.forEach((name, index) => {
      const part = parts[names.length]?.[index] ?? name
      const tensor = variables!.tensor(name, `${layer}/${part}`)
      if (tensor) found.push(tensor)
    })
    for (const name of [...group.names].sort(byNumber)) {
      const inner = name === 'vars' ? null : group.group(name)
      if (inner) walk(inner, name, depth + 1)
    }
  }
  // Beside the layers lies what the optimizer keeps.
  const layers = root.group('layers') ?? root.group('_layer_checkpoint_dependencies') ?? root
  walk(layers, '', 0)
  return found
}

/** conv2d before conv2d_1, conv2d_2 before conv2d_10. */
function byNumber(a: string, b: string): number {
  const [, stemA, numberA] = /^(.*?)(?:_(\d+))?$/.exec(a)!
  const [, stemB, numberB] = /^(.*?)(?:_(\d+))?$/.exec(b)!
  return stemA === stemB ? Number(numberA ?? 0) - Number(numberB ?? 0) : stemA! < stemB! ? -1 : 1
}
