import type { Tensor } from '../../base/tensor.ts'
import { transposed, variableShape, variableValues } from './layout.ts'
import type { DataType, Endpoint, TensorflowShape } from './schema.ts'
import type { Computation, Tensorflow, TensorflowWriter } from './writer.ts'

/** A tensor that stays in the session between runs. */
export interface ResourceVariable {
  readonly handle: string
  readonly type: Computation
}

/** One of the state, in the layout in which the graph computes. */
export interface Variable extends ResourceVariable {
  /** Shape in our layout: that of the parameter. */
  readonly shape: readonly number[]
}

export function variable(
  writer: TensorflowWriter,
  name: string,
  { type, shape }: Omit<Variable, 'handle'>,
): Variable {
  return { handle: declare(writer, name, type, variableShape(shape)), type, shape }
}

/** A parameter whose value never changes. */
export function constant(writer: TensorflowWriter, name: string, tensor: Tensor): Tensorflow {
  const { buffer, byteOffset, byteLength } = variableValues(tensor)
  const value = { type: 'float', shape: variableShape(tensor.shape) } as const
  const content = new Uint8Array(buffer, byteOffset, byteLength)
  const attributes = { dtype: { type: 'float' }, value: { tensor: { ...value, content } } } as const
  return { name: writer.node('Const', [], attributes, nodeName(name)), type: 'float' }
}

/** A variable that is empty between the runs that need it, so that its memory serves others. */
export function temporaryVariable(
  writer: TensorflowWriter,
  name: string,
  type: Computation,
): ResourceVariable {
  return { handle: declare(writer, name, type, null), type }
}

function declare(writer: TensorflowWriter, name: string, type: DataType, shape: TensorflowShape): string {
  const own = nodeName(name)
  const attributes = { dtype: { type }, shape: { shape }, shared_name: own, container: '' }
  return writer.node('VarHandleOp', [], attributes, own)
}

export function read(
  writer: TensorflowWriter,
  { handle, type }: ResourceVariable,
  after: readonly string[] = [],
): Tensorflow {
  const inputs = [handle, ...after.map((name) => `^${name}`)]
  return { name: writer.node('ReadVariableOp', inputs, { dtype: { type } }), type }
}

/** @returns the name of an operation to wait for */
export function write(
  writer: TensorflowWriter,
  how: 'AssignVariableOp' | 'AssignAddVariableOp' | 'AssignSubVariableOp',
  { handle, type }: ResourceVariable,
  value: string,
  after: readonly string[] = [],
): string {
  const inputs = [handle, value, ...after.map((name) => `^${name}`)]
  return writer.node(how, inputs, { dtype: { type } })
}

/** A number that stands for "empty" in a temporary variable. */
export function empty(
  writer: TensorflowWriter,
  variable: ResourceVariable,
  after: readonly string[],
): string {
  const nothing = writer.cast({ name: writer.float(0), type: 'float' }, variable.type)
  return write(writer, 'AssignVariableOp', variable, nothing, after)
}

/** The input through which a variable gets its value, and the output that says that it has it. */
export function restoring(
  writer: TensorflowWriter,
  name: string,
  variable: Variable,
): { readonly input: Endpoint; readonly output: Endpoint } {
  const input = placeholder(writer, `restore/${name}`, variable.shape)
  const inside =
    variable.shape.length === 4
      ? transposed(writer, 'float', input.tensor, 'weights', 'inward')
      : input.tensor
  const converted = writer.cast({ name: inside, type: 'float' }, variable.type)
  // Where nothing else has copied it, the value would still lie in the caller's memory.
  const own = writer.node('DeepCopy', [converted], { T: { type: variable.type } })
  return {
    input,
    output: finished(writer, `restored/${name}`, [write(writer, 'AssignVariableOp', variable, own)]),
  }
}

/** The output that says that a variable has been set to zero. */
export function zeroed(writer: TensorflowWriter, name: string, variable: Variable): Endpoint {
  // Its copy is never constant for TensorFlow, which would keep folded zeros beside the variable for good.
  const zero = writer.node('DeepCopy', [writer.float(0)], { T: { type: 'float' } })
  const inputs = [writer.integers(variableShape(variable.shape)), zero]
  const zeros = writer.node('Fill', inputs, { T: { type: 'float' }, index_type: { type: 'int32' } })
  return finished(writer, `zeroed/${name}`, [write(writer, 'AssignVariableOp', variable, zeros)])
}

/** The variable's value in our layout. */
export function saving(writer: TensorflowWriter, variable: Variable): Endpoint {
  const value = writer.cast(read(writer, variable), 'float')
  const outside =
    variable.shape.length === 4 ? transposed(writer, 'float', value, 'weights', 'outward') : value
  return { tensor: outside, type: 'float', shape: variable.shape }
}

/** @param shape −1: known at run time */
export function placeholder(writer: TensorflowWriter, name: string, shape: readonly number[]): Endpoint {
  const attributes = { dtype: { type: 'float' }, shape: { shape } } as const
  return { tensor: writer.node('Placeholder', [], attributes, nodeName(name)), type: 'float', shape }
}

/** A scalar that can be fetched once all of `operations` are done. */
export function finished(writer: TensorflowWriter, name: string, operations: readonly string[]): Endpoint {
  const inputs = [writer.float(1), ...operations.map((operation) => `^${operation}`)]
  return {
    tensor: writer.node('Identity', inputs, { T: { type: 'float' } }, nodeName(name)),
    type: 'float',
    shape: [],
  }
}

/** TensorFlow allows few characters in names. */
function nodeName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_./-]/g, '_')
}
