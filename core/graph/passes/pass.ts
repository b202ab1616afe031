import type { Graph } from '../ir.ts'

/** A rewriting of a graph that computes the same; what it may change of the outputs, its own comment says. */
export interface Pass {
  /** Display text. */
  readonly name: string
  readonly apply: (graph: Graph) => Graph
}
