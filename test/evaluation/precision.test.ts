import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findEngine } from '../../core/engine/index.ts'
import { loadBinding } from '../../core/engine/tensorflow/binding.ts'
import { findInstallation } from '../../core/engine/tensorflow/location.ts'
import { openPredictor } from '../../core/engine/tensorflow/predictor.ts'
import type { Engine } from '../../core/engine/types.ts'
import { agreement } from '../../core/evaluation/agreement.ts'
import { evaluate } from '../../core/evaluation/evaluate.ts'
import { parseProtocol } from '../../core/evaluation/protocol.ts'
import type { Row } from '../../core/evaluation/types.ts'
import { initialize } from '../../core/network/initialize.ts'
import { buildVgg } from '../network/build.ts'
import { drawPictures, type Pictures } from './pictures.ts'
import { unless } from '../unless.ts'

vi.setConfig({ testTimeout: 60_000 })

const network = buildVgg({
  config: 'A',
  classes: 6,
  crop: 64,
  head: 'fc',
  batchNorm: false,
  dropout: 0.5,
  fcWidth: 16,
  widthMultiplier: 1 / 16,
})
const weights = initialize(network, 'he', 4)
/** Where the processor has no bf16 it is emulated: slower, and the same numbers. */
const bf16: Engine = {
  ...findEngine('tensorflow'),
  predictor: async (form, values) =>
    openPredictor(loadBinding(1), form, values, { precision: 'bf16', place: '/device:CPU:0' }),
}

let pictures: Pictures
beforeAll(
  async () => void (pictures = await drawPictures(Array.from({ length: 12 }, () => [80, 64] as const))),
)
afterAll(() => pictures.remove())

async function rows(engine: Engine, views: string): Promise<readonly Row[]> {
  const found: Row[] = []
  await evaluate({
    network,
    weights,
    normalization: { mean: [120, 110, 100], std: [60, 61, 62] },
    classes: ['ant', 'bee', 'cat', 'dog', 'elk', 'fox'],
    protocol: parseProtocol({ views }, { crop: 64, scale: { min: 64, max: 64 }, mode: 'crop' }),
    engine,
    loaderOptions: { threads: 1 },
    items: pictures.paths.map((path, index) => ({ path, label: index % 6 })),
    onRow: (row) => found.push(row),
  })
  return found.sort((a, b) => a.item - b.item)
}

const installed = findInstallation() !== null

test.skipIf(!installed)(
  `what bf16 changes of an evaluation is little, and is told${unless(installed, 'TensorFlow is not installed')}`,
  async () => {
    for (const views of ['center', 'dense']) {
      const exact = await rows(findEngine('onnxruntime'), views)
      const { images, same, largestDifference } = agreement(await rows(bf16, views), exact)
      expect(images).toBe(12)
      expect(same, views).toBeGreaterThan(9)
      // It is another precision, and not another network.
      expect(largestDifference).toBeGreaterThan(1e-6)
      expect(largestDifference).toBeLessThan(0.05)
    }
  },
)
