import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { elementCount } from '../../base/tensor.ts'
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
  const file = await openHdf5(path, path)
  try {
    return await weightsFile(path, path, file, () => Promise.resolve())
  } catch (error) {
    file.close()
    throw error
  }
}

/** What a `.keras` may unpack to. Keras packs nothing, and weights do not get much smaller by it. */
const largestPart = 16e9
const mostUnpacked = 20

/** @param zip the directory of the file; closed here */
export async function readKerasZip(path: string, zip: Zip): Promise<WeightsFile> {
  const folder = temporaryFolder('keras')
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const member = zip.members.get('model.weights.h5')
    if (!member) throw invalidWeights(path, { code: 'zip-without-keras-weights', values: {} })
    if (member.size > largestPart)
      throw invalidWeights(path, {
        code: 'member-too-large',
        values: { member: member.name, bytes: member.size },
      })
    if (member.size > mostUnpacked * member.packed) {
      throw invalidWeights(path, {
        code: 'member-unpacks-too-far',
        values: { member: member.name, packed: member.packed, bytes: member.size },
      })
    }
    const unpacked = join(folder, 'weights.h5')
    await member.extract(unpacked)
    const file = await openHdf5(unpacked, path)
    return await weightsFile(path, unpacked, file, remove).catch((error: unknown) => {
      file.close()
      throw error
    })
  } catch (error) {
    await remove()
    throw error
  } finally {
    zip.close()
  }
}

/**
 * @param path of the file that a person has given
 * @param hdf5 of the file that `file` was opened from
 */
async function weightsFile(
  path: string,
  hdf5: string,
  file: Hdf5,
  after: () => Promise<void>,
): Promise<WeightsFile> {
  const nested = file.root.group('model_weights')
  const legacy = nested ?? file.root
  const names = legacy.texts('layer_names')
  const found = names ? legacyTensors(path, legacy, names) : modernTensors(path, file.root)
  if (found.length === 0) throw invalidWeights(path, { code: 'no-keras-weights', values: {} })
  checkSize(path, found, (await stat(hdf5)).size)
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

/** What was never written takes no room in a file, and what was packed little: then a shape can be of any size. */
function checkSize(path: string, tensors: readonly StoredTensor[], size: number): void {
  const bytes = tensors.reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0)
  if (bytes <= mostUnpacked * size) return
  throw invalidWeights(path, { code: 'tensors-exceed-file', values: { bytes, size } })
}

/** Names as `block1_conv1/kernel:0` or `model/block1_conv1/kernel`: what counts is the layer and the last part. */
function legacyTensors(path: string, root: Hdf5Group, layers: readonly string[]): StoredTensor[] {
  if (layers.length > mostTensors)
    throw invalidWeights(path, { code: 'too-many-layers', values: { count: layers.length } })
  return layers.flatMap((layer) => {
    const group = root.group(layer)
    if (!group) throw invalidWeights(path, { code: 'layer-missing', values: { layer } })
    return (group.texts('weight_names') ?? []).map((name) => {
      // Keras 1 wrote block1_conv1_W_1:0.
      const part = partOf(name)
      // All tensors of a nested model are listed under its name.
      const inner = /([^/]+)\/[^/]+$/.exec(name)?.[1] ?? layer
      const tensor = group.tensor(name, `${inner}/${part}`)
      if (!tensor) throw invalidWeights(path, { code: 'tensor-missing', values: { name } })
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
const mostTensors = 10_000
const deepest = 16

/** Layers by number within their class; a model inside the model where it stands. */
function modernTensors(path: string, root: Hdf5Group): StoredTensor[] {
  const found: StoredTensor[] = []
  let visited = 0
  const walk = (group: Hdf5Group, layer: string, depth: number): void => {
    if (++visited > mostGroups || depth > deepest)
      throw invalidWeights(path, { code: 'groups-nested', values: {} })
    const variables = group.group('vars')
    const names = variables ? [...variables.names].sort((a, b) => Number(a) - Number(b)) : []
    names.forEach((name, index) => {
      const part = parts[names.length]?.[index] ?? name
      const tensor = variables!.tensor(name, `${layer}/${part}`)
      if (tensor) found.push(tensor)
      if (found.length > mostTensors)
        throw invalidWeights(path, { code: 'too-many-tensors', values: { most: mostTensors } })
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
