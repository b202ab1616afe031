import { expect, test } from 'vitest'
import { modelCard, type CardFacts } from '../../core/export/modelCard.ts'
import { preprocessing } from '../../core/export/preprocessing.ts'
import type { ExportSource } from '../../core/export/types.ts'
import { buildVgg } from '../network/build.ts'

const network = buildVgg({
  ...{ config: 'A', classes: 2, crop: 32, batchNorm: true, dropout: 0.5 },
  ...{ head: 'fc', fcWidth: 16, widthMultiplier: 1 / 16 },
})
const source: ExportSource = {
  ...{ network, weights: new Map(), classes: ['ant', '[bee](x)'] },
  normalization: { mean: [0, 0, 0], std: [1, 1, 1] },
  mode: 'crop',
  ...{ scale: 32, recipe: { seed: 7 } },
}
const choices = { preprocessing: 'outside', dense: false, batch: 'any' } as const
const facts: CardFacts = {
  name: 'quiet-otter',
  dataset: { name: 'Insects', version: 2, images: { train: 100, validation: 20, test: 40 } },
  evaluation: {
    ...{ split: 'test', protocol: 'center crop 32 at scale 32', images: 40, top1Error: 0.1 },
    ...{ top1Interval: { low: 0.04, high: 0.231 }, top5Error: null },
    weakest: [{ name: '[bee](x)', images: 20, recall: 0.85 }],
  },
}
const certificate = {
  ...{ runtimes: [], labelled: 0, correct: 0, tolerance: 0.5, worst: null, bytes: 1, passed: true },
}
const card = (changes: object = {}, comparison: object = {}): string =>
  modelCard(facts, preprocessing({ ...source, ...changes }, choices, 'NCHW'), {
    ...certificate,
    ...comparison,
  })

test('a card has data set, protocol, error with interval, weakest classes and settings', () => {
  const text = card()
  expect(text).toContain('Insects, version 2: 2 classes; 100 images to train on, 20 to validate, 40 to test.')
  expect(text).toContain('Top-1 error 10.0% (95% interval 4.0% to 23.1%, n = 40), of the test images.')
  expect(text).toContain('Protocol: center crop 32 at scale 32.')
  expect(text).toContain('"seed": 7')
})

test('names in a card are no markup', () => {
  expect(card()).toContain('| \\[bee\\](x) | 85.0% | 20 |')
})

test('a card names the license and the makers of weights that training started from', () => {
  const attribution = { license: 'CC-BY-4.0', text: 'VGG16 by Simonyan and Zisserman.' }
  expect(card({ attribution })).toContain(
    'Training started from weights of others. VGG16 by Simonyan and Zisserman. License: CC-BY-4.0.',
  )
})

test('a card tells what fewer bits cost', () => {
  const comparison = {
    ...{ images: 100, correct: [97, 96] as const, difference: -0.01, interval: { low: -0.054, high: 0.028 } },
    ...{ bytes: [4e6, 1e6] as const, milliseconds: [2, 1] as const, warnings: ['less-accurate'] as const },
  }
  expect(card({}, { comparison })).toContain(
    'Right for 96 of 100 images that were not trained on, in single precision for 97: −1.00 points (95% interval −5.40 to 2.80).',
  )
})
