import { expect, it } from 'vitest'
import { relativeError } from '../../engine/fixtures.ts'
import { convolution, noiseFor, run } from './run.ts'

it.each([
  [6, 8],
  [8, 6],
  [18, 20],
  [9, 4],
])(
  'a channel of zeros for GPU providers changes nothing of a convolution of %i to %i channels',
  async (inputs, outputs) => {
    const graph = convolution(7, 7, { in: inputs, out: outputs })
    const given = noiseFor(graph, 2)
    const [portable, standard] = [await run(graph, 'portable', given), await run(graph, 'standard', given)]
    for (const name of graph.outputs.keys()) {
      expect(relativeError(portable.get(name)!, standard.get(name)!), name).toBeLessThan(1e-5)
    }
  },
)
