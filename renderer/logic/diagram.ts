import type { NetworkView } from '../../core/server/api/types.ts'
import { blocksIn, isGroup, type Block, type Group } from './blocks.ts'

/** Where the boxes of a network lie, from top to bottom, in pixels. Any graph of layers will do. */
export interface Diagram {
  readonly width: number
  readonly height: number
  /** In network order, the input first. */
  readonly boxes: readonly Box[]
  readonly edges: readonly Edge[]
  /** Groups that are unfolded, the outer ones first. */
  readonly frames: readonly Frame[]
}

export interface Box {
  /** Key of its block or folded group; `input`. */
  readonly key: string
  readonly part: Block | Group | null
  /** Upper left corner. */
  readonly x: number
  readonly y: number
  /** Row, from 0: boxes of one row stand beside each other. */
  readonly rank: number
}

export interface Edge {
  readonly from: string
  readonly to: string
  /** From the lower edge of a box, around what lies between, to the upper edge of another. */
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface Frame {
  readonly group: Group
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export const boxSize = { width: 156, height: 54 }
const gap = { x: 14, y: 20 }
const passing = 14
const framing = { side: 10, head: 22, foot: 8 }
const border = 12

interface Node {
  readonly key: string
  readonly part: Block | Group | null
  readonly inputs: readonly string[]
}

/** @param open keys of the groups that are unfolded */
export function diagramOf(
  parts: readonly (Block | Group)[],
  outputs: NetworkView['outputs'],
  open: ReadonlySet<string>,
): Diagram {
  const nodes = nodesOf(parts, open)
  const ranks = ranksOf(nodes)
  const main = mainWay(nodes, nodeOfLayer(nodes, outputs.find(({ role }) => role === 'logits')!.layer))
  const { rows, links } = rowsOf(nodes, ranks)
  orderRows(rows, links)
  const across = positionsOf(rows, links, main)
  const groups = openGroups(parts, open)
  const down = heightsOf(rows.length, groups, nodes, ranks)
  return drawn({ nodes, ranks, rows, links, across, down, groups })
}

function nodesOf(parts: readonly (Block | Group)[], open: ReadonlySet<string>): readonly Node[] {
  const shown = (list: readonly (Block | Group)[]): readonly (Block | Group)[] =>
    list.flatMap((part) => (isGroup(part) && open.has(part.key) ? shown(part.children) : [part]))
  const visible = shown(parts)
  const owner = new Map<string, string>([['input', 'input']])
  for (const part of visible)
    for (const { layers } of blocksIn(part)) for (const { name } of layers) owner.set(name, part.key)
  return [
    { key: 'input', part: null, inputs: [] },
    ...visible.map((part) => {
      const taken = blocksIn(part).flatMap(({ layers }) => layers.flatMap(({ layer }) => layer.inputs))
      const inputs = new Set(taken.map((name) => owner.get(name)!))
      inputs.delete(part.key)
      return { key: part.key, part, inputs: [...inputs] }
    }),
  ]
}

function nodeOfLayer(nodes: readonly Node[], layer: string): string {
  const holds = ({ part }: Node): boolean =>
    part !== null && blocksIn(part).some(({ layers }) => layers.some(({ name }) => name === layer))
  return nodes.find(holds)?.key ?? 'input'
}

function ranksOf(nodes: readonly Node[]): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>()
  for (const { key, inputs } of nodes)
    ranks.set(key, inputs.length === 0 ? 0 : 1 + Math.max(...inputs.map((input) => ranks.get(input)!)))
  return ranks
}

/** The longest way from the input to the logits: it is drawn straight. */
function mainWay(nodes: readonly Node[], end: string): ReadonlySet<string> {
  const ranks = ranksOf(nodes)
  const of = new Map(nodes.map((node) => [node.key, node]))
  const way = new Set<string>()
  for (let at: string | undefined = end; at !== undefined;) {
    way.add(at)
    const inputs: readonly string[] = of.get(at)!.inputs
    at = inputs.length === 0 ? undefined : inputs.reduce((a, b) => (ranks.get(b)! > ranks.get(a)! ? b : a))
  }
  return way
}

/** A vertex in a row: a box, or an edge that passes by. */
interface Vertex {
  readonly id: string
  readonly isBox: boolean
  readonly above: Vertex[]
  readonly below: Vertex[]
}
interface Link {
  readonly from: string
  readonly to: string
  readonly vertices: readonly Vertex[]
}

function rowsOf(nodes: readonly Node[], ranks: ReadonlyMap<string, number>) {
  const rows: Vertex[][] = []
  const boxes = new Map<string, Vertex>()
  const put = (rank: number, id: string, isBox: boolean): Vertex => {
    const vertex: Vertex = { id, isBox, above: [], below: [] }
    ;(rows[rank] ??= []).push(vertex)
    return vertex
  }
  for (const { key } of nodes) boxes.set(key, put(ranks.get(key)!, key, true))
  const links: Link[] = []
  for (const { key, inputs } of nodes) {
    for (const from of inputs) {
      const [first, last] = [ranks.get(from)!, ranks.get(key)!]
      const between = Array.from({ length: last - first - 1 }, (_, at) =>
        put(first + 1 + at, `${from}→${key}`, false),
      )
      const vertices = [boxes.get(from)!, ...between, boxes.get(key)!]
      vertices.slice(1).forEach((vertex, at) => {
        vertex.above.push(vertices[at]!)
        vertices[at]!.below.push(vertex)
      })
      links.push({ from, to: key, vertices })
    }
  }
  return { rows, links }
}

const sweeps = 4

/** Rows in the order of what they are joined to, so that few edges cross. Passing edges begin to the right. */
function orderRows(rows: readonly Vertex[][], links: readonly Link[]): void {
  if (links.length === 0) return
  const middle = (vertices: readonly Vertex[], at: ReadonlyMap<Vertex, number>): number | undefined =>
    vertices.length === 0
      ? undefined
      : vertices.reduce((sum, vertex) => sum + at.get(vertex)!, 0) / vertices.length
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const downward = sweep % 2 === 0
    const order = downward ? rows.slice(1) : rows.slice(0, -1).reverse()
    for (const row of order) {
      const other = rows[rows.indexOf(row) + (downward ? -1 : 1)]!
      const at = new Map(other.map((vertex, index) => [vertex, index]))
      const keys = new Map(
        row.map((vertex, index) => [vertex, middle(downward ? vertex.above : vertex.below, at) ?? index]),
      )
      row.sort((a, b) => keys.get(a)! - keys.get(b)! || Number(b.isBox) - Number(a.isBox))
    }
  }
}

/** The middle of each vertex, pixels: boxes where the ones they are joined to are, as near as the row's order lets them. */
function positionsOf(
  rows: readonly Vertex[][],
  links: readonly Link[],
  main: ReadonlySet<string>,
): ReadonlyMap<Vertex, number> {
  const across = new Map<Vertex, number>()
  const isMain = ({ id, isBox }: Vertex): boolean => isBox && main.has(id)
  /** The main way is held by itself alone. */
  const wanted = (vertex: Vertex, near: readonly Vertex[]): number =>
    mean((isMain(vertex) ? near.filter(isMain) : near).map((one) => across.get(one)!)) ??
    across.get(vertex) ??
    0
  for (const row of rows)
    settle(
      row,
      row.map((vertex) => wanted(vertex, vertex.above)),
      main,
      across,
    )
  for (let sweep = 0; sweep < 2 * sweeps && links.length > 0; sweep++) {
    for (const row of sweep % 2 === 0 ? rows.toReversed() : rows)
      settle(
        row,
        row.map((vertex) => wanted(vertex, [...vertex.above, ...vertex.below])),
        main,
        across,
      )
  }
  return across
}

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length

const widthOf = ({ isBox }: Vertex): number => (isBox ? boxSize.width : passing)

/**
 * Puts a row where it wants to be: the least weighted squares of what it is moved by, with the order and the gaps kept
 * (pool adjacent violators).
 */
function settle(
  row: readonly Vertex[],
  wanted: readonly number[],
  main: ReadonlySet<string>,
  across: Map<Vertex, number>,
): void {
  let offset = 0
  const offsets = row.map((vertex, index) => {
    const before = row[index - 1]
    if (before) offset += (widthOf(before) + widthOf(vertex)) / 2 + gap.x
    return offset
  })
  const pools: { value: number; weight: number; count: number }[] = []
  row.forEach((vertex, index) => {
    const weight = !vertex.isBox ? 1 : main.has(vertex.id) ? 1e4 : 10
    pools.push({ value: wanted[index]! - offsets[index]!, weight, count: 1 })
    while (pools.length > 1 && pools.at(-2)!.value > pools.at(-1)!.value) {
      const [a, b] = pools.splice(-2) as [(typeof pools)[0], (typeof pools)[0]]
      const sum = a.weight + b.weight
      pools.push({
        value: (a.value * a.weight + b.value * b.weight) / sum,
        weight: sum,
        count: a.count + b.count,
      })
    }
  })
  let index = 0
  for (const { value, count } of pools)
    for (let part = 0; part < count; part++, index++) across.set(row[index]!, value + offsets[index]!)
}

const openGroups = (parts: readonly (Block | Group)[], open: ReadonlySet<string>): readonly Group[] =>
  parts.flatMap((part) =>
    isGroup(part) && open.has(part.key) ? [part, ...openGroups(part.children, open)] : [],
  )

function membersOf(group: Group, nodes: readonly Node[]): readonly Node[] {
  const inside = new Set(blocksIn(group).map(({ key }) => key))
  return nodes.filter(({ part }) => part !== null && inside.has(blocksIn(part)[0]!.key))
}

/** Upper edges of the rows, with room for the heads of frames, and the height of all. */
function heightsOf(
  rows: number,
  groups: readonly Group[],
  nodes: readonly Node[],
  ranks: ReadonlyMap<string, number>,
): readonly number[] {
  const [before, behind] = [new Array<number>(rows + 1).fill(0), new Array<number>(rows + 1).fill(0)]
  for (const group of groups) {
    const own = membersOf(group, nodes).map(({ key }) => ranks.get(key)!)
    before[Math.min(...own)]! += framing.head
    behind[Math.max(...own) + 1]! += framing.foot
  }
  const tops: number[] = []
  let y = border
  for (let row = 0; row <= rows; row++) {
    y += before[row]! + behind[row]!
    tops.push(y)
    y += boxSize.height + gap.y
  }
  return tops
}

interface Parts {
  readonly nodes: readonly Node[]
  readonly ranks: ReadonlyMap<string, number>
  readonly rows: readonly Vertex[][]
  readonly links: readonly Link[]
  readonly across: ReadonlyMap<Vertex, number>
  readonly down: readonly number[]
  readonly groups: readonly Group[]
}

function drawn({ nodes, ranks, rows, links, across, down, groups }: Parts): Diagram {
  const depth = (list: readonly (Block | Group)[], level = 0): number =>
    Math.max(level, ...list.map((part) => (isGroup(part) ? depth(part.children, level + 1) : level)))
  const side = border + framing.side * (1 + (groups.length > 0 ? depth(groups) : 0))
  const leftmost = Math.min(...[...across].map(([vertex, x]) => x - widthOf(vertex) / 2))
  const x = (vertex: Vertex): number => across.get(vertex)! - leftmost + side
  const vertices = new Map(
    rows.flat().flatMap((vertex) => (vertex.isBox ? [[vertex.id, vertex] as const] : [])),
  )
  const boxes = nodes.map(({ key, part }): Box => {
    const rank = ranks.get(key)!
    return { key, part, x: x(vertices.get(key)!) - boxSize.width / 2, y: down[rank]!, rank }
  })
  const at = new Map(boxes.map((box) => [box.key, box]))
  const edges = links.map(({ from, to, vertices: way }): Edge => {
    const first = ranks.get(from)!
    const points = way.flatMap((vertex, index): (readonly [number, number])[] => {
      const top = down[first + index]!
      if (index === 0) return [[x(vertex), top + boxSize.height]]
      if (index === way.length - 1) return [[x(vertex), top]]
      return [
        [x(vertex), top],
        [x(vertex), top + boxSize.height],
      ]
    })
    return { from, to, points }
  })
  const frames = groups.map((group) => {
    const inner = groups.filter((other) => other !== group && contains(group, other))
    const level = inner.length === 0 ? 0 : depth(group.children)
    const own = membersOf(group, nodes).map(({ key }) => at.get(key)!)
    const pad = framing.side * (1 + level)
    const starting = (one: Group): number =>
      Math.min(...membersOf(one, nodes).map(({ key }) => ranks.get(key)!))
    const ending = (one: Group): number =>
      Math.max(...membersOf(one, nodes).map(({ key }) => ranks.get(key)!))
    const heads = 1 + inner.filter((one) => starting(one) === starting(group)).length
    const feet = 1 + inner.filter((one) => ending(one) === ending(group)).length
    return {
      group,
      left: Math.min(...own.map((box) => box.x)) - pad,
      right: Math.max(...own.map((box) => box.x)) + boxSize.width + pad,
      top: Math.min(...own.map((box) => box.y)) - heads * framing.head,
      bottom: Math.max(...own.map((box) => box.y)) + boxSize.height + feet * framing.foot,
    }
  })
  const rightmost = Math.max(...[...across].map(([vertex, middle]) => middle + widthOf(vertex) / 2))
  return {
    width: rightmost - leftmost + 2 * side,
    height: down[rows.length - 1]! + boxSize.height + 2 * border,
    boxes,
    edges,
    frames,
  }
}

const contains = (group: Group, other: Group): boolean =>
  group.children.some((child) => isGroup(child) && (child === other || contains(child, other)))

/** The line of an edge: straight where it passes boxes, bent between rows. */
export function edgePath({ points }: Edge): string {
  const [[x0, y0], ...rest] = points as [readonly [number, number], ...(readonly [number, number])[]]
  let [x, y] = [x0, y0]
  const parts = rest.map(([nextX, nextY]) => {
    const bend = (nextY - y) / 2
    const part =
      nextX === x
        ? `L${round(nextX)},${round(nextY)}`
        : ` C${round(x)},${round(y + bend)} ${round(nextX)},${round(nextY - bend)} ${round(nextX)},${round(nextY)}`
    ;[x, y] = [nextX, nextY]
    return part
  })
  return `M${round(x0)},${round(y0)}${parts.join('')}`
}

const round = (value: number): number => Math.round(value * 10) / 10
