import type { LayerView, NetworkView } from '../../core/server/api/types.ts'

/** A layer with what is done to its output alone: convolution, normalization, ReLU. What a diagram shows as one box. */
export interface Block {
  /** The first layer's name. */
  readonly key: string
  readonly layers: readonly LayerView[]
}

/** Blocks that belong together and fold into one box. */
export interface Group {
  /** Path of their module, `layer3.5`; of a part of one, with its place behind. */
  readonly key: string
  readonly title: string
  readonly children: readonly (Block | Group)[]
}

export const isGroup = (part: Block | Group): part is Group => 'children' in part

const fused = new Set(['relu', 'sigmoid', 'batchNorm', 'localResponseNorm', 'dropout', 'flatten'])

/** In network order, so that each block only takes what blocks before it give. */
export function blocksOf({ layers, outputs }: Pick<NetworkView, 'layers' | 'outputs'>): readonly Block[] {
  const readers = new Map<string, number>()
  for (const { layer } of layers)
    for (const input of layer.inputs) readers.set(input, (readers.get(input) ?? 0) + 1)
  const shown = new Set(outputs.map(({ layer }) => layer))
  const blocks: { key: string; layers: LayerView[] }[] = []
  const ending = new Map<string, (typeof blocks)[number]>()
  for (const one of layers) {
    const [input] = one.layer.inputs
    const before = one.layer.inputs.length === 1 ? ending.get(input!) : undefined
    if (before && fused.has(one.kind) && readers.get(input!) === 1 && !shown.has(input!)) {
      before.layers.push(one)
      ending.delete(input!)
      ending.set(one.name, before)
    } else {
      const block = { key: one.name, layers: [one] }
      blocks.push(block)
      ending.set(one.name, block)
    }
  }
  return blocks
}

/** A group of more blocks than these is made of groups itself, where its names or its poolings say which. */
const many = 12

/** Groups are stretches of the list: folded, they still only take what comes before them. */
export function groupsOf(blocks: readonly Block[]): readonly (Block | Group)[] {
  return grouped(blocks, [])
}

function grouped(blocks: readonly Block[], path: readonly string[]): readonly (Block | Group)[] {
  const depth = path.length
  const stretches: { name: string | undefined; blocks: Block[] }[] = []
  for (const block of blocks) {
    const names = block.key.split('.')
    const last = stretches.at(-1)
    // What joins the branches of a module has the module's own name.
    const joins = names.length === depth + 1 && names[depth] === last?.name
    const name = names.length > depth + 1 || joins ? names[depth] : undefined
    if (last && name !== undefined && last.name === name) last.blocks.push(block)
    else stretches.push({ name, blocks: [block] })
  }
  return stretches.flatMap(({ name, blocks: own }): readonly (Block | Group)[] => {
    if (name === undefined || own.length === 1) return own
    const module = [...path, name]
    if (own.length <= many) return [groupOf(module.join('.'), module.join('.'), own)]
    const sections = poolingSections(own)
    if (sections.length > 1)
      return sections.map((section, at) => sectionOf(`${module.join('.')}~${at + 1}`, section))
    return [groupOf(module.join('.'), module.join('.'), grouped(own, module))]
  })
}

const groupOf = (key: string, title: string, children: readonly (Block | Group)[]): Group => ({
  key,
  title,
  children,
})

function sectionOf(key: string, blocks: readonly Block[]): Block | Group {
  const [first, last] = [blocks[0]!, blocks.at(-1)!]
  if (first === last) return first
  return groupOf(key, `${first.layers[0]!.label} – ${last.layers[0]!.label}`, blocks)
}

/** Stretches that end with a pooling. */
function poolingSections(blocks: readonly Block[]): readonly (readonly Block[])[] {
  const sections: Block[][] = [[]]
  for (const block of blocks) {
    sections.at(-1)!.push(block)
    if (/^(max|average)Pool$/.test(block.layers[0]!.kind)) sections.push([])
  }
  return sections.filter((section) => section.length > 0)
}

/** Keys of all groups, the outer ones first. */
export const groupKeys = (parts: readonly (Block | Group)[]): readonly string[] =>
  parts.flatMap((part) => (isGroup(part) ? [part.key, ...groupKeys(part.children)] : []))

export const blocksIn = (part: Block | Group): readonly Block[] =>
  isGroup(part) ? part.children.flatMap(blocksIn) : [part]

/** Groups around a block, the outermost first. */
export function groupsAround(parts: readonly (Block | Group)[], layer: string): readonly string[] {
  for (const part of parts) {
    if (!isGroup(part)) continue
    if (blocksIn(part).some(({ layers }) => layers.some(({ name }) => name === layer)))
      return [part.key, ...groupsAround(part.children, layer)]
  }
  return []
}
