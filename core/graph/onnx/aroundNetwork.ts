import type { OnnxModel, OnnxNode } from './schema.ts'

/** What enters and leaves the network of a deployed model. */
export const [entry, exit] = ['images', 'logits']

/** Nodes of a deployed model that the network's input is made of, and those that read its output. */
export function aroundNetwork({ nodes }: OnnxModel): ReadonlySet<OnnxNode> {
  const makers = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node] as const)))
  const found = new Set(nodes.filter(({ input }) => input.includes(exit)))
  const visit = (name: string): void => {
    const node = makers.get(name)
    if (!node || found.has(node)) return
    found.add(node)
    node.input.forEach(visit)
  }
  visit(entry)
  return found
}
