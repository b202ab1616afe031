import { elementCount } from '../base/tensor.ts'
import { usedNodes, type Graph, type Node, type Value } from './ir.ts'

/** Operations whose output is their input's memory. */
const views: ReadonlySet<string> = new Set(['reshape'])

/**
 * Bytes of the values that a run of the graph holds at its worst moment, for this many images: each from the node that
 * makes it to the last that reads it, what the graph returns to the end. Parameters and what `apart` names are held by
 * somebody else.
 *
 * @param apart whether an output lies in memory of its own
 */
export function liveBytes(
  graph: Graph,
  images: number,
  apart: (output: string) => boolean = () => false,
): number {
  const nodes = usedNodes(graph)
  const owners = ownersOf(nodes)
  const last = lastReaders(graph, nodes, owners)
  const held = new Set([...graph.outputs].filter(([name]) => apart(name)).map(([, { id }]) => owners(id)))
  const freed = Map.groupBy(last, ([, index]) => index)
  const sizes = new Map<number, number>()
  let [live, most] = [0, 0]
  nodes.forEach((node, index) => {
    if (node.operation.op !== 'parameter' && !views.has(node.operation.op)) {
      for (const value of node.outputs) {
        if (held.has(value.id)) continue
        const bytes = bytesOf(value, images)
        sizes.set(value.id, bytes)
        live += bytes
      }
    }
    most = Math.max(most, live)
    for (const [id] of freed.get(index) ?? []) live -= sizes.get(id) ?? 0
  })
  return most
}

function ownersOf(nodes: readonly Node[]): (id: number) => number {
  const owners = new Map<number, number>()
  const owner = (id: number): number => owners.get(id) ?? id
  for (const { operation, inputs, outputs } of nodes)
    if (views.has(operation.op)) owners.set(outputs[0]!.id, owner(inputs[0]!.id))
  return owner
}

/** Last readers of each value's memory: the place of the last node that reads it, or makes it where none does; Infinity for outputs. */
function lastReaders(
  { outputs }: Graph,
  nodes: readonly Node[],
  owner: (id: number) => number,
): ReadonlyMap<number, number> {
  const last = new Map<number, number>()
  nodes.forEach((node, index) => {
    for (const { id } of [...node.outputs, ...node.inputs]) last.set(owner(id), index)
  })
  for (const { id } of outputs.values()) last.set(owner(id), Infinity)
  return last
}

const bytesOf = ({ shape }: Value, images: number): number =>
  4 * elementCount(shape.map((size) => (typeof size === 'number' ? size : images)))
