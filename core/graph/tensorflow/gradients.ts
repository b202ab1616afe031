import { gradientName } from '../names.ts'
import { factorNames } from '../passes/linearFactors.ts'
import type { Operand } from './lowering.ts'
import { empty, read, temporaryVariable, write, type ResourceVariable } from './variables.ts'
import type { Computation, TensorflowWriter } from './writer.ts'

/** What is kept between runs of a parameter's gradient: itself, or its factors dy N×O and x N×I (see linearFactors). */
export type KeptGradient =
  { readonly whole: ResourceVariable } | { readonly dy: ResourceVariable; readonly x: ResourceVariable }

/** @param outputs names of what the training graph returns */
export function keptGradient(
  writer: TensorflowWriter,
  parameter: string,
  outputs: Pick<ReadonlySet<string>, 'has'>,
  computation: Computation,
): KeptGradient {
  const { dy, x } = factorNames(parameter)
  const declare = (name: string, type: Computation) => temporaryVariable(writer, name, type)
  return outputs.has(dy)
    ? { dy: declare(dy, computation), x: declare(x, computation) }
    : { whole: declare(gradientName(parameter), 'float') }
}

/**
 * Keeps the gradient that the towers' outputs have, instead of what was kept or added to it.
 * @returns names of operations to wait for
 */
export function keep(
  writer: TensorflowWriter,
  parameter: string,
  kept: KeptGradient,
  towers: readonly ReadonlyMap<string, Operand>[],
  how: 'instead' | 'added',
): readonly string[] {
  const parts = (name: string, type: Computation): string[] =>
    towers.map((outputs) => writer.cast(outputs.get(name)!, type))
  if ('whole' in kept) {
    const gradient = sum(writer, parts(gradientName(parameter), 'float'))
    return [write(writer, how === 'added' ? 'AssignAddVariableOp' : 'AssignVariableOp', kept.whole, gradient)]
  }
  // The factors of a sum are those of its parts, one below the other.
  const names = factorNames(parameter)
  return (['dy', 'x'] as const).map((factor) => {
    const own = kept[factor]
    const before = how === 'added' ? [read(writer, own).name] : []
    const all = joined(writer, own.type, [...before, ...parts(names[factor], own.type)])
    return write(writer, 'AssignVariableOp', own, all)
  })
}

/** The gradient, in float. Products of a few images cost no more than what memory takes, so that they can be exact. */
export function gradientOf(writer: TensorflowWriter, kept: KeptGradient): string {
  if ('whole' in kept) return read(writer, kept.whole).name
  const [dy, x] = [kept.dy, kept.x].map((own) => writer.cast(read(writer, own), 'float')) as [string, string]
  return writer.node('MatMul', [dy, x], { T: { type: 'float' }, transpose_a: true, transpose_b: false })
}

/** @returns names of operations to wait for */
export function forget(
  writer: TensorflowWriter,
  kept: KeptGradient,
  after: readonly string[],
): readonly string[] {
  const variables = 'whole' in kept ? [kept.whole] : [kept.dy, kept.x]
  return variables.map((own) => empty(writer, own, after))
}

export function sum(writer: TensorflowWriter, parts: readonly string[]): string {
  if (parts.length === 1) return parts[0]!
  return writer.node('AddN', parts, { T: { type: 'float' }, N: { int: parts.length } })
}

/** One after the other along the first dimension. */
export function joined(writer: TensorflowWriter, type: Computation, parts: readonly string[]): string {
  if (parts.length === 1) return parts[0]!
  return writer.node('ConcatV2', [...parts, writer.integer(0)], {
    T: { type },
    Tidx: { type: 'int32' },
    N: { int: parts.length },
  })
}
