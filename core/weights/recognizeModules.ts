import { elementCount } from '../base/tensor.ts'
import {
  architectures,
  buildNetwork,
  entryOf,
  networkSpec,
  type NetworkInput,
  type NetworkOptions,
} from '../network/architectures/index.ts'
import { libraryModels } from '../network/architectures/libraryModels.ts'
import { headLayers } from '../network/headLayers.ts'
import { parameters, type Parameter } from '../network/parameters.ts'
import type { FileFault } from '../messages/catalog.ts'
import type { Network } from '../network/types.ts'
import { moduleTensors } from './naming/modules.ts'
import { parts, pytorchLayout } from './naming/types.ts'
import { ownOrigin } from './origin.ts'
import type { StoredTensor, WeightsFile } from './readers/types.ts'
import type { MappedTensor, Recognized } from './recognized.ts'

type Found = Omit<Recognized, 'naming'>

export const isFault = <Result extends object>(result: Result | FileFault): result is FileFault =>
  'code' in result

type Modules = ReadonlyMap<string, StoredTensor>

/**
 * The network of a file that names its tensors by modules: one of the studio's own, which says what it is, or one of a
 * family that other libraries name so. Strict both ways: every tensor of the network is in the file, in its shape, and
 * nothing else is, except for another classifier.
 *
 * @returns what does not fit; null where no family knows the names
 */
export function recognizeModules(file: WeightsFile): Found | FileFault | null {
  const modules = moduleTensors(file.tensors)
  const own = ownOrigin(file)?.network
  if (own) return matched(own, modules, namesIn(own, modules))
  for (const entry of architectures) {
    const named = entry.ofNames(modules)
    if (named === null) continue
    const { settings, nameOf } = named
    const { crop } = entry
    // Two classes, until the file has said how many there are.
    const options = { ...networkSpec(settings as NetworkInput), classes: 2, crop: crop.usual }
    const { logits } = outputOf(buildNetwork(options))
    const classes = modules.get(nameOf(`${logits}.weight`))?.shape[0] ?? 0
    return matched({ ...options, classes: Math.max(2, classes) }, modules, nameOf)
  }
  return null
}

/** The studio's names, or those of the library that such a file was exported for. */
function namesIn(options: NetworkOptions, modules: Modules): (name: string) => string {
  const first = parameters(buildNetwork(options))[0]!
  const model = libraryModels(options).find(({ parameter }) => modules.has(parameter(first).name))
  return (name) => model?.parameter({ name, shape: [] }).name ?? name
}

function matched(
  options: NetworkOptions,
  modules: Modules,
  nameOf: (parameter: string) => string,
): Found | FileFault {
  const network = buildNetwork(options)
  const head = headLayers(network)
  const all = parameters(network)
  const isHead = ({ layer }: Parameter): boolean => head.has(layer)
  const used = new Set(all.map(({ name }) => nameOf(name)))
  const tensors = mapped(all.filter((own) => !isHead(own)), modules, nameOf, false) // prettier-ignore
  if (isFault(tensors)) return tensors
  const surplus = [...modules.keys()].filter((name) => !used.has(name))
  const classifier = mapped(all.filter(isHead), modules, nameOf, true)
  const { prefix } = outputOf(network)
  const others = surplus.filter((name) => !name.startsWith(nameOf(`${prefix}.`)))
  if (others.length > 0)
    return { code: 'surplus-tensor', values: { name: others[0]!, title: titleOf(options) } }
  if (!isFault(classifier) && surplus.length === 0)
    return { network: options, tensors: [...tensors, ...classifier], classifier: 'present' }
  const isAbsent = [...modules.keys()].every((name) => !name.startsWith(nameOf(`${prefix}.`)))
  const { classes: _, ...spec } = options
  return {
    network: { ...spec, classes: 2 } as NetworkOptions,
    tensors,
    classifier: isAbsent ? 'absent' : 'foreign',
  }
}

const titleOf = (options: NetworkOptions): string => entryOf(options).titleOf(options)

/** The layer that gives the logits, and the module that it belongs to. */
function outputOf({ outputs }: Network): { readonly logits: string; readonly prefix: string } {
  const { layer } = outputs.find(({ role }) => role === 'logits')!
  return { logits: layer, prefix: layer.split('.')[0]! }
}

/** In the network's order. @returns what is wrong with the first that does not fit */
function mapped(
  wanted: readonly Parameter[],
  modules: Modules,
  nameOf: (parameter: string) => string,
  isHead: boolean,
): readonly MappedTensor[] | FileFault {
  const tensors: MappedTensor[] = []
  for (const { name, layer, shape } of wanted) {
    const theirs = nameOf(name)
    const source = modules.get(theirs)
    if (!source) return { code: 'lacks-tensor', values: { name: theirs } }
    if (!fits(source.shape, shape))
      return { code: 'other-shape', values: { name: theirs, shape: source.shape, expected: shape } }
    if (source.type === 'other') return { code: 'holds-integers', values: { name: theirs } }
    const part = parts.find((known) => name.endsWith(`.${known}`))!
    const own = { name: layer, tensors: { weight: source }, layout: pytorchLayout, pools: null }
    tensors.push({ name, shape, part, source, layer: own, isHead, flattened: null })
  }
  return tensors
}

/** The same shape; a linear layer may be written as a 1×1 convolution. */
function fits(theirs: readonly number[], shape: readonly number[]): boolean {
  if (theirs.join() === shape.join()) return true
  return (
    shape.length === 2 &&
    theirs.length === 4 &&
    theirs[0] === shape[0] &&
    elementCount(theirs.slice(1)) === shape[1]
  )
}
