import { expect, test } from 'vitest'
import { networkView } from '../../core/server/planning/networkView.ts'
import { allConfigs } from '../../core/network/architectures/names.ts'
import { blocksIn, blocksOf, groupKeys, groupsAround, groupsOf } from '../../renderer/logic/blocks.ts'
import { boxSize, diagramOf, edgePath, type Diagram } from '../../renderer/logic/diagram.ts'

function drawing(name: string, open: 'all' | readonly string[] = []) {
  const view = networkView(name, 10)
  const parts = groupsOf(blocksOf(view))
  const keys = open === 'all' ? groupKeys(parts) : open
  return { view, parts, diagram: diagramOf(parts, view.outputs, new Set(keys)) }
}

const names = [...allConfigs, 'D+squeezeExcitation=16', 'resnet50+squeezeExcitation=16']

function overlaps({ boxes }: Diagram): number {
  const pairs = boxes.flatMap((a, index) => boxes.slice(index + 1).map((b) => [a, b] as const))
  const near = (a: number, b: number, size: number): boolean => Math.abs(a - b) < size
  return pairs.filter(([a, b]) => near(a.x, b.x, boxSize.width) && near(a.y, b.y, boxSize.height)).length
}

test.each(names)(
  '%s: every layer stands in one box, folded and unfolded, and no box covers another',
  (name) => {
    for (const open of ['all', []] as const) {
      const { view, diagram } = drawing(name, open)
      const layers = diagram.boxes.flatMap(({ part }) =>
        part ? blocksIn(part).flatMap((block) => block.layers) : [],
      )
      expect(layers.map((layer) => layer.name).toSorted()).toEqual(
        view.layers.map((layer) => layer.name).toSorted(),
      )
      expect(overlaps(diagram)).toBe(0)
      for (const { x, y } of diagram.boxes) {
        expect(x).toBeGreaterThan(0)
        expect(x + boxSize.width).toBeLessThan(diagram.width)
        expect(y + boxSize.height).toBeLessThan(diagram.height)
      }
    }
  },
)

test.each(names)('%s: edges are the layers’ inputs, go downward, and pass no box', (name) => {
  const { view, diagram } = drawing(name, 'all')
  const box = new Map(diagram.boxes.map((one) => [one.key, one]))
  const owner = new Map(
    diagram.boxes.flatMap(({ key, part }) =>
      part ? blocksIn(part).flatMap(({ layers }) => layers.map((layer) => [layer.name, key] as const)) : [],
    ),
  )
  const expected = view.layers.flatMap(({ name: layer, layer: { inputs } }) =>
    inputs
      .map((input) => [owner.get(input) ?? 'input', owner.get(layer)!] as const)
      .filter(([from, to]) => from !== to)
      .map((pair) => pair.join(' → ')),
  )
  expect(new Set(diagram.edges.map(({ from, to }) => `${from} → ${to}`))).toEqual(new Set(expected))
  for (const { from, to, points } of diagram.edges) {
    expect(points.every(([, y], index) => index === 0 || y > points[index - 1]![1])).toBe(true)
    const passed = points.slice(1, -1)
    const others = diagram.boxes.filter(({ key }) => key !== from && key !== to)
    const inside = others.filter((one) =>
      passed.some(
        ([x, y]) => x > one.x && x < one.x + boxSize.width && y >= one.y && y <= one.y + boxSize.height,
      ),
    )
    expect(inside).toEqual([])
    expect(box.get(from)!.y).toBeLessThan(box.get(to)!.y)
  }
})

test('152 layers fold into as many boxes as one screen shows, and unfold group by group', () => {
  const { diagram, parts, view } = drawing('resnet152')
  expect(view.depth).toBe(152)
  expect(diagram.boxes.map(({ key }) => key)).toEqual([
    'input',
    'conv1',
    'maxpool',
    'layer1',
    'layer2',
    'layer3',
    'layer4',
    'avgpool',
    'fc',
  ])
  expect(groupsAround(parts, 'layer3.35.conv2')).toEqual(['layer3', 'layer3.35'])
  const third = drawing('resnet152', ['layer3']).diagram
  expect(third.boxes.length).toBe(9 - 1 + 36)
  expect(third.frames.map(({ group }) => group.key)).toEqual(['layer3'])
  const block = drawing('resnet152', ['layer3', 'layer3.35']).diagram
  expect(block.boxes.length).toBe(third.boxes.length - 1 + 4)
  // The shortcut passes the three convolutions on one side; the main way stays straight.
  const way = block.edges.find(({ from, to }) => from === 'layer3.34' && to === 'layer3.35.add')!
  expect(way.points).toHaveLength(2 + 2 * 3)
  const straight = ['layer3.35.conv1', 'layer3.35.conv2', 'layer3.35.conv3', 'layer3.35.add']
  const columns = new Set(straight.map((key) => Math.round(block.boxes.find((one) => one.key === key)!.x)))
  expect(columns.size).toBe(1)
})

test('a VGG’s groups end with their poolings, and normalization and ReLU stand in their convolution’s box', () => {
  const { parts, diagram } = drawing('D+batchNorm=true')
  const titles = parts.map((part) => ('title' in part ? part.title : part.key))
  expect(titles).toEqual([
    'conv1-1 – pool1',
    'conv2-1 – pool2',
    'conv3-1 – pool3',
    'conv4-1 – pool4',
    'conv5-1 – pool5',
    'classifier',
  ])
  const [first] = blocksIn(parts[0]!)
  expect(first!.layers.map(({ label }) => label)).toEqual(['conv1-1', 'bn1-1', 'relu1-1'])
  expect(diagram.boxes).toHaveLength(7)
})

test('a graph that is no chain of modules is drawn too: branches, an auxiliary output, names without dots', () => {
  const layer = (name: string, kind: string, inputs: readonly string[]) =>
    ({ name, label: name, kind, layer: { name, kind, inputs }, tensors: [] }) as never
  const outputs = [
    { layer: 'end', role: 'logits', lossWeight: 1 },
    { layer: 'aux.fc', role: 'auxiliary', lossWeight: 0.3 },
  ] as const
  const layers = [
    layer('a', 'convolution', ['input']),
    layer('left', 'convolution', ['a']),
    layer('right.one', 'convolution', ['a']),
    layer('right.two', 'convolution', ['right.one']),
    layer('join', 'concat', ['left', 'right.two', 'a', 'input']),
    layer('aux.pool', 'globalAveragePool', ['join']),
    layer('aux.fc', 'linear', ['aux.pool']),
    layer('end', 'linear', ['join']),
  ]
  const parts = groupsOf(blocksOf({ layers, outputs }))
  for (const open of [new Set<string>(), new Set(groupKeys(parts))]) {
    const diagram = diagramOf(parts, outputs, open)
    expect(overlaps(diagram)).toBe(0)
    expect(diagram.edges.some(({ from, to }) => from === 'input' && to === 'join')).toBe(true)
  }
  expect(groupKeys(parts)).toEqual(['right', 'aux'])
})

test('a line is straight beside boxes, and bent between rows', () => {
  const points = [
    [10, 0],
    [30, 20],
    [30, 60],
  ] as const
  expect(edgePath({ from: 'a', to: 'b', points })).toBe('M10,0 C10,10 30,10 30,20L30,60')
})
