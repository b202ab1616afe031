import { bytesOf, type Tensors } from '../../base/tensor.ts'
import { parameters } from '../../network/parameters.ts'
import type { Network } from '../../network/types.ts'
import { withoutAuxiliary } from '../../network/withoutAuxiliary.ts'
import { bundleIndex } from './bundle.ts'
import { deployedNetwork } from './deployed.ts'
import { variableShape, variableValues } from './layout.ts'
import { encodeSavedModel, type Saver } from './schema.ts'
import { read, variable, write, type Variable } from './variables.ts'
import { tensorflowWriter, type TensorflowWriter } from './writer.ts'

/** Where the variables lie in the folder. */
export const variableFiles = {
  index: 'variables/variables.index',
  values: 'variables/variables.data-00000-of-00001',
} as const

export interface SavedModel {
  /** Content of saved_model.pb. */
  readonly model: Uint8Array
  readonly index: Uint8Array
  /** Content of the file with values, in parts. */
  readonly values: readonly Uint8Array[]
}

/**
 * The network forward as a SavedModel with its variables: tag `serve`, signature `serving_default` (`images` N×H×W×3 →
 * `logits` N×K), as TensorFlow 1 wrote them and all later ones load.
 */
export function savedModel(network: Network, weights: Tensors, anySize: boolean): SavedModel {
  const writer = tensorflowWriter()
  const variables = new Map(
    parameters(withoutAuxiliary(network)).map(({ name, shape }) => [
      name,
      variable(writer, name, { type: 'float', shape }),
    ]),
  )
  const signature = deployedNetwork(writer, network, anySize, ({ name }) =>
    read(writer, variables.get(name)!),
  )
  const saver = writeSaver(writer, variables)
  const tensors = [...variables].map(([name, { handle, shape }]) => ({
    ...{ name: handle, shape: variableShape(shape) },
    content: bytesOf(variableValues(weights.get(name)!)),
  }))
  return {
    model: encodeSavedModel(writer.nodes, { serving_default: signature }, saver),
    index: bundleIndex(tensors),
    values: tensors.map(({ content }) => content),
  }
}

/** Nodes that read the variables from files, and write them. */
function writeSaver(writer: TensorflowWriter, variables: ReadonlyMap<string, Variable>): Saver {
  const all = [...variables.values()]
  const texts = (values: readonly string[] | string): string =>
    writer.node('Const', [], { dtype: { type: 'string' }, value: { texts: values } })
  const attributes = { dtype: { type: 'string' }, shape: { shape: [] } } as const
  const filename = writer.node('PlaceholderWithDefault', [texts('model')], attributes, 'save/Const')
  const [names, slices] = [texts(all.map(({ handle }) => handle)), texts(all.map(() => ''))]
  const dtypes = { dtypes: { types: all.map(() => 'float' as const) } }
  const restored = writer.node('RestoreV2', [filename, names, slices], dtypes, 'save/RestoreV2')
  const assigned = all.map((own, index) => write(writer, 'AssignVariableOp', own, `${restored}:${index}`))
  const restore = writer.node(
    'NoOp',
    assigned.map((name) => `^${name}`),
    {},
    'save/restore_all',
  )
  const values = all.map((own) => read(writer, own).name)
  const saved = writer.node('SaveV2', [filename, names, slices, ...values], dtypes, 'save/SaveV2')
  const save = writer.node('Identity', [filename, `^${saved}`], { T: { type: 'string' } }, 'save/control')
  return { filename, save, restore }
}
