import { expect, test } from 'vitest'
import { builder } from '../../core/graph/builder.ts'
import type { Graph } from '../../core/graph/ir.ts'
import { liveBytes } from '../../core/graph/liveness.ts'

/** Forty bytes an image each: x → a → b, c = a + b, which is read once more as another shape. */
function branches(returned: readonly ('b' | 'c' | 'shaped')[]): Graph {
  const graph = builder()
  const x = graph.node({ op: 'input', name: 'images', shape: ['N', 10] }, [])
  const a = graph.node({ op: 'relu' }, [x])
  const b = graph.node({ op: 'relu' }, [a])
  const c = graph.node({ op: 'add' }, [a, b])
  const shaped = graph.node({ op: 'reshape', shape: ['N', 5, 2] }, [c])
  const values = { b, c, shaped }
  return { nodes: graph.nodes, outputs: new Map(returned.map((name) => [name, values[name]])) }
}

test('Values live from the node that makes them to the last that reads them', () => {
  expect(liveBytes(branches(['b']), 1)).toBe(2 * 40)
  // a, b and their sum; x is gone.
  expect(liveBytes(branches(['c']), 1)).toBe(3 * 40)
  expect(liveBytes(branches(['c']), 7)).toBe(7 * 3 * 40)
})

test('Another shape of the same numbers takes nothing, and keeps what it is a shape of', () => {
  expect(liveBytes(branches(['shaped']), 1)).toBe(3 * 40)
})

test('What is returned into memory of its own counts there', () => {
  expect(liveBytes(branches(['c']), 1, (output) => output === 'c')).toBe(2 * 40)
})

test('Parameters are held by somebody else', () => {
  const graph = builder()
  const x = graph.node({ op: 'input', name: 'images', shape: ['N', 10] }, [])
  const weight = graph.node({ op: 'parameter', name: 'fc.weight', shape: [10, 10] }, [])
  const y = graph.node({ op: 'matmul', transposeA: false, transposeB: true }, [x, weight])
  expect(liveBytes({ nodes: graph.nodes, outputs: new Map([['y', y]]) }, 2)).toBe(2 * 80)
})
