import { expect, it } from 'vitest'
import { passesFor } from '../../core/graph/passes/index.ts'
import { trainingStages } from '../../core/graph/step.ts'
import { stagesText } from '../../core/cli/graphText.ts'
import { convolution, named, network } from '../network/examples.ts'

it('shows the training graph before and after each pass, and marks what a pass has made', () => {
  const small = network(
    [
      convolution('conv', 'input', 4, 3),
      { kind: 'relu', ...named('relu', 'conv') },
      { kind: 'maxPool', ...named('pool', 'relu'), kernel: 3, stride: 2, padding: 1, ceilMode: true },
      { kind: 'flatten', ...named('flat', 'pool') },
      { kind: 'linear', ...named('fc', 'flat'), outFeatures: 2, bias: false },
    ],
    [3, 6, 6],
    2,
  )
  const text = stagesText(trainingStages(small, new Set(), passesFor.cpu))
  const [forward, swapped, gradients, factors, taps, winograd, ...more] = text.split('\n\n')
  expect(more).toEqual([])
  expect(forward).toBe(
    [
      'forward pass and loss: 6 operations',
      '  %3   conv2d 3×3 padding 1 (images, conv.weight, conv.bias)  N×4×6×6  conv',
      '  %4   relu(%3)                                               N×4×6×6  relu',
      '  %5   maxPool 3×3 stride 2 padding 1 ceilMode (%4)           N×4×4×4  pool',
      '  %6   reshape(%5)                                            N×64     flat',
      '  %8   matmul transposeB (%6, fc.weight)                      N×2      fc    → logits',
      '  %11  softmaxCrossEntropy(%8, targets, weights)              number   fc    → loss',
    ].join('\n'),
  )
  const made = (stage: string | undefined): string[] =>
    stage!.split('\n').flatMap((line) => /^\+ \S+ +(\w+)/.exec(line)?.[1] ?? [])
  expect(swapped).toMatch(/^after the pass “max pooling before ReLU”: 6 operations, 2 new, 2 gone\n/)
  expect(made(swapped)).toEqual(['maxPool', 'relu'])
  expect(made(gradients)).toContain('maxPoolGradient')
  expect(gradients).toMatch(/conv2dWeightGradient .* → gradient\/conv\.weight$/m)
  expect(factors).toMatch(
    /^after the pass “gradients of linear layers as factors”: \d+ operations, 0 new, 1 gone\n/,
  )
  expect(factors).toMatch(/→ gradient\/fc\.weight\/dy$/m)
  expect(made(taps)).toEqual(['conv2dTapGradients'])
  expect(made(winograd)).toEqual([])
})
