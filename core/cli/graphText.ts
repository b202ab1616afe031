import { usedNodes, type Graph, type Node, type Operation, type Size, type Value } from '../graph/ir.ts'
import type { Stage } from '../graph/step.ts'

/**
 * How a training graph comes to be, for people: the graph before and after each pass, an operation a line, what a pass
 * has made or changed marked with +.
 */
export function stagesText(stages: readonly Stage[]): string {
  return stages
    .map(({ pass, graph }, index) => {
      const before = stages[index - 1]?.graph
      const title = pass === null ? 'forward pass and loss' : `after the pass “${pass}”`
      return `${title}: ${changes(graph, before)}\n${graphText(graph, before)}`
    })
    .join('\n\n')
}

/**
 * One operation a line: the value that it makes, what it does, shape, layer, and under which name the graph returns it.
 *
 * @param before whose operations are not marked
 */
function graphText(graph: Graph, before?: Graph): string {
  const names = givenNames(graph)
  const known = new Set(before?.nodes ?? graph.nodes)
  const returned = Map.groupBy(graph.outputs, ([, { id }]) => id)
  const rows = computed(graph).map((node) => {
    const [first] = node.outputs as [Value]
    const results = node.outputs.flatMap(({ id }) => (returned.get(id) ?? []).map(([name]) => name))
    return [
      `${known.has(node) ? ' ' : '+'} ${node.outputs.map(({ id }) => `%${id}`).join(', ')}`,
      `${operationText(node.operation)}(${node.inputs.map((value) => names(value)).join(', ')})`,
      shapeText(first.shape),
      node.layer ?? '',
      results.length > 0 ? `→ ${results.join(', ')}` : '',
    ]
  })
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** What the outputs need, without inputs and parameters: they are named where they are used. */
function computed(graph: Graph): readonly Node[] {
  return usedNodes(graph).filter(({ operation: { op } }) => op !== 'input' && op !== 'parameter')
}

function changes(graph: Graph, before: Graph | undefined): string {
  const now = computed(graph)
  const count = `${now.length} operations`
  if (!before) return count
  const earlier = new Set(before.nodes)
  const left = new Set(now)
  const made = now.filter((node) => !earlier.has(node)).length
  const gone = computed(before).filter((node) => !left.has(node)).length
  return `${count}, ${made} new, ${gone} gone`
}

function givenNames({ nodes }: Graph): (value: Value) => string {
  const names = new Map<number, string>()
  for (const { operation, outputs } of nodes) {
    if (operation.op === 'input' || operation.op === 'parameter') names.set(outputs[0]!.id, operation.name)
  }
  return ({ id }) => names.get(id) ?? `%${id}`
}

function operationText(operation: Operation): string {
  const { op, ...details } = operation
  const texts = Object.entries(details).flatMap(([key, value]) => detailTexts(key, value))
  return [op, ...texts].join(' ') + (texts.length > 0 ? ' ' : '')
}

/** Sizes of windows as `3×3`; what is as usual is left out, and so are shapes: each line has its own. */
function detailTexts(key: string, value: unknown): readonly string[] {
  if (key === 'shape' || value === false || value === 'direct') return []
  if (key === 'kernel') return [`${String(value)}×${String(value)}`]
  if ((key === 'stride' || key === 'groups') && value === 1) return []
  if (key === 'padding' && value === 0) return []
  if (value === true) return [key]
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, inner]) => detailTexts(name, inner))
  }
  return key === 'algorithm' ? [String(value)] : [`${key} ${String(value)}`]
}

function shapeText(shape: readonly Size[]): string {
  return shape.length === 0 ? 'number' : shape.join('×')
}
