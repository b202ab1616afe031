import { parameters, type Parameter } from '../../network/parameters.ts'
import type { Network } from '../../network/types.ts'
import { trainable } from '../step.ts'
import type { Signature } from './schema.ts'
import { restoring, saving, variable, zeroed, type Variable } from './variables.ts'
import type { TensorflowWriter } from './writer.ts'

/** Keys of the state in the signatures. */
export const weightsKey = (parameter: string): string => `weights/${parameter}`
export const momentumKey = (parameter: string): string => `momentum/${parameter}`

/** The session's variables, by canonical name. */
export interface StateVariables {
  readonly weights: ReadonlyMap<string, Variable>
  readonly momentum: ReadonlyMap<string, Variable>
  readonly trained: readonly Parameter[]
}

export function declareState(
  writer: TensorflowWriter,
  network: Network,
  frozen: ReadonlySet<string>,
): StateVariables {
  const all = parameters(network)
  const names = new Set(trainable(network, frozen))
  const trained = all.filter(({ name }) => names.has(name))
  const declared = (
    list: readonly Parameter[],
    key: (name: string) => string,
  ): ReadonlyMap<string, Variable> =>
    new Map(list.map(({ name, shape }) => [name, variable(writer, key(name), { type: 'float', shape })]))
  return {
    weights: declared(all, weightsKey),
    momentum: declared(trained, momentumKey),
    trained,
  }
}

function stateEntries({ weights, momentum }: StateVariables): readonly (readonly [string, Variable])[] {
  return [
    ...[...weights].map(([name, own]) => [weightsKey(name), own] as const),
    ...[...momentum].map(([name, own]) => [momentumKey(name), own] as const),
  ]
}

export function restoreSignature(writer: TensorflowWriter, state: StateVariables): Signature {
  const pairs = stateEntries(state).map(([key, own]) => [key, restoring(writer, key, own)] as const)
  return {
    inputs: Object.fromEntries(pairs.map(([key, { input }]) => [key, input])),
    outputs: Object.fromEntries(pairs.map(([key, { output }]) => [key, output])),
  }
}

/** Sets momenta to zero: keys of the outputs are momentumKey; any of them alone. */
export function resetSignature(writer: TensorflowWriter, { momentum }: StateVariables): Signature {
  const outputs = [...momentum].map(([name, own]) => [momentumKey(name), zeroed(writer, name, own)] as const)
  return { inputs: {}, outputs: Object.fromEntries(outputs) }
}

export function stateSignature(writer: TensorflowWriter, state: StateVariables): Signature {
  return {
    inputs: {},
    outputs: Object.fromEntries(stateEntries(state).map(([key, own]) => [key, saving(writer, own)])),
  }
}
