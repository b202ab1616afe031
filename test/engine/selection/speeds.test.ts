import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  expectedSeconds,
  isObserved,
  openSpeeds,
  overheadIn,
  type ComputeTarget,
  type ObservedSpeed,
  type StepKind,
} from '../../../core/engine/selection/speeds.ts'
import { forwardCost, stepCost } from '../../../core/engine/selection/stepCost.ts'
import { buildNetwork, networkSpec, type NetworkInput } from '../../../core/network/architectures/index.ts'

const network = (input: NetworkInput, crop: number) =>
  buildNetwork({ ...networkSpec({ fcWidth: 512, ...input }), classes: 10, crop })
const small = network({ config: 'A', widthMultiplier: 0.25 }, 64)
const large = network({ config: 'D' }, 224)
const step = (of = small, images = 8): StepKind => ({ work: stepCost(of), images, batchSize: 32, threads: 2 })
const onnx: ComputeTarget = { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' }
const tensorflow: ComputeTarget = { ...onnx, engine: 'tensorflow' }
const seen = (target: ComputeTarget, kind: StepKind, secondsPerImage: number): ObservedSpeed => ({
  ...target,
  ...kind,
  secondsPerImage,
})

describe('the work of a step', () => {
  test('counts every multiply-add three times, and those of frozen layers in front once', () => {
    const { square, other, linear } = stepCost(large)
    // 15.47 billion forward, of which the first convolution of three channels is no square one.
    const all = forwardCost(large)
    expect((square + other + linear) / (all.square + all.other + all.linear)).toBeCloseTo(3)
    expect(all.square + all.other + all.linear).toBeGreaterThan(15.3e9)
    const frozen = large.layers.map(({ name }) => name).filter((name) => name.startsWith('features'))
    expect(stepCost(large, frozen).square).toBe(all.square)
    expect(stepCost(large, frozen).linear).toBe(linear)
  })
})

describe('what a step is expected to take', () => {
  test('is what it took here, where that was seen', () => {
    const speeds = [seen(onnx, step(large), 3), seen(onnx, step(), 0.02), seen(tensorflow, step(), 0.5)]
    expect(expectedSeconds(speeds, onnx, step())).toBe(0.02)
    expect([isObserved(speeds, onnx, step()), isObserved(speeds, tensorflow, step(large))]).toEqual([
      true,
      false,
    ])
  })

  test('scales with what the machine has shown of any other network', () => {
    const typical = expectedSeconds([], onnx, step(large))
    const own = expectedSeconds([], onnx, step())
    expect(expectedSeconds([seen(onnx, step(), 3 * own)], onnx, step(large)) / typical).toBeCloseTo(3)
    // Also by another engine, where its own has shown nothing.
    const other = seen(tensorflow, step(), 2 * expectedSeconds([], tensorflow, step()))
    expect(expectedSeconds([other], onnx, step(large)) / typical).toBeCloseTo(2)
  })

  test('follows the steps that are like it more than those that are not', () => {
    const own = expectedSeconds([], onnx, step())
    const unlike = expectedSeconds([], onnx, step(large))
    const like = step(network({ config: 'A', widthMultiplier: 0.25, batchNorm: true }, 64))
    const speeds = [seen(onnx, like, 2 * expectedSeconds([], onnx, like)), seen(onnx, step(large), unlike)]
    expect(expectedSeconds(speeds, onnx, step()) / own).toBeGreaterThan(1.8)
  })

  test('falls for an image with more of them at once, and with more threads', () => {
    expect(expectedSeconds([], onnx, step(small, 32))).toBeLessThan(expectedSeconds([], onnx, step(small, 1)))
    const more = { ...step(large), threads: 8 }
    expect(expectedSeconds([], onnx, more)).toBeLessThan(expectedSeconds([], onnx, step(large)) / 3)
  })
})

describe('what a run takes besides its steps', () => {
  const typical = (target: ComputeTarget): number => expectedSeconds([], target, step())
  const run = (target: ComputeTarget, start: number, epochEnd: number): ObservedSpeed => ({
    ...seen(target, step(), typical(target)),
    overhead: { start, epochEnd },
  })

  test('is the median of what the latest runs have shown, those with the engine before others', () => {
    expect(overheadIn([run(onnx, 3, 0.5)], onnx, 'start')).toBeCloseTo(3)
    expect(overheadIn([run(onnx, 3, 0.5)], onnx, 'epochEnd')).toBeCloseTo(0.5)
    expect(overheadIn([run(onnx, 3, 1), run(tensorflow, 5, 1)], onnx, 'start')).toBeCloseTo(3)
    expect(overheadIn([run(tensorflow, 5, 1)], onnx, 'start')).toBeCloseTo(5)
    // One that met a busy machine says little, and what was long ago nothing.
    expect(
      overheadIn(
        [2, 20, 3].map((start) => run(onnx, start, 1)),
        onnx,
        'start',
      ),
    ).toBeCloseTo(3)
    const changed = [9, 9, 9, 2, 2, 2, 2, 2].map((start) => run(onnx, start, 1))
    expect(overheadIn(changed, onnx, 'start')).toBeCloseTo(2)
  })

  test('grows with how long steps take before any run has, though less', () => {
    expect(overheadIn([], onnx, 'start')).toBe(1)
    expect(overheadIn([seen(onnx, step(), 9 * typical(onnx))], onnx, 'start')).toBeCloseTo(3)
  })
})

test('steps of predictions say little of training steps, and the other way round', () => {
  const forward: StepKind = { ...step(), work: forwardCost(small), batchSize: 8 }
  const like = step(small, 4)
  const speeds = [
    seen(onnx, like, 2 * expectedSeconds([], onnx, like)),
    seen(onnx, forward, 8 * expectedSeconds([], onnx, forward)),
  ]
  const times = expectedSeconds(speeds, onnx, step()) / expectedSeconds([], onnx, step())
  expect(times).toBeGreaterThan(1.9)
  expect(times).toBeLessThan(2.6)
})

test('what was seen is kept with the machine, the latest of a step, and a broken file counts as none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const speeds = openSpeeds(folder)
  expect(speeds.list()).toEqual([])
  await speeds.record(seen(onnx, step(), 0.1))
  await speeds.record(seen(onnx, step(), 0.2))
  await speeds.record(seen(onnx, step(), NaN))
  expect(speeds.list()).toMatchObject([{ secondsPerImage: 0.2, engine: 'onnxruntime' }])
  expect(openSpeeds(folder).list()).toHaveLength(1)
  await speeds.record({ ...seen(onnx, step(), 0.3), overhead: { start: 2, epochEnd: 3 } })
  expect(openSpeeds(folder).list()).toMatchObject([{ overhead: { start: 2, epochEnd: 3 } }])
  // What another machine took says nothing here.
  const file = join(folder, 'speeds.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"machine":"[^"]*"/, '"machine":"another"'))
  expect(openSpeeds(folder).list()).toEqual([])
  writeFileSync(file, '{')
  expect(openSpeeds(folder).list()).toEqual([])
})
