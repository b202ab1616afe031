import { readFile } from 'node:fs/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import wabt from 'wabt'
import { random } from '../../core/base/random.ts'
import { sharedFloats } from '../../core/engine/updateKernel.ts'
import { openUpdater, type Segment } from '../../core/engine/updater.ts'

const rates = { learningRate: 0.05, momentum: 0.9, weightDecay: 0.01 }

/** Updater and state over `segments`, filled with noise. */
function opened(segments: readonly Segment[], threads: number) {
  const size = segments.at(-1)!.end
  const noise = random(5)
  const filled = () => {
    const shared = sharedFloats(size)
    shared.floats.forEach((_, index) => (shared.floats[index] = 2 * noise.uniform() - 1))
    return shared
  }
  const state = { weights: filled(), momentum: filled(), gradients: filled(), scratch: filled() }
  const updater = openUpdater({ ...state, segments, threads })
  onTestFinished(() => updater.dispose())
  return { updater, state, size }
}

describe('the update kernel', () => {
  it('is what its source says', async () => {
    const text = await readFile(new URL('../../core/engine/updateKernel.wat', import.meta.url), 'utf8')
    const features = { simd: true, threads: true, multi_memory: true, relaxed_simd: true }
    const module = (await wabt()).parseWat('updateKernel.wat', text, features)
    const binary = Buffer.from(module.toBinary({}).buffer).toString('base64')
    await expect(
      `// Made from updateKernel.wat.\nexport const updateKernelBinary =\n  '${binary}'\n`,
    ).toMatchFileSnapshot('../../core/engine/updateKernelBinary.ts')
  })
})

describe('the updater', () => {
  const segments = [
    { start: 0, end: 7, factor: 1, taps: 1, columns: 0 },
    { start: 7, end: 7 + 9 * 130_001, factor: 0.5, taps: 9, columns: 0 },
    { start: 7 + 9 * 130_001, end: 9 * 130_001 + 70_000, factor: 2, taps: 1, columns: 0 },
  ]

  it.each([1, 3])('steps each weight with its own gradient, by %i threads', (threads) => {
    const { updater, state, size } = opened(segments, threads)
    const before = {
      weights: Float32Array.from(state.weights.floats),
      momentum: Float32Array.from(state.momentum.floats),
    }
    updater.step(rates)
    let worst = 0
    for (const { start, end, factor, taps } of segments) {
      for (let index = start; index < end; index++) {
        const [cell, tap] = [Math.floor((index - start) / taps), (index - start) % taps]
        const gradient = state.gradients.floats[start + tap * ((end - start) / taps) + cell]!
        const weight = before.weights[index]!
        const velocity = 0.9 * before.momentum[index]! + gradient + 0.01 * weight
        worst = Math.max(worst, Math.abs(velocity - state.momentum.floats[index]!))
        worst = Math.max(worst, Math.abs(weight - 0.05 * factor * velocity - state.weights.floats[index]!))
      }
    }
    expect(size).toBeGreaterThan(1 << 20)
    expect(worst).toBeLessThan(1e-6)
  })

  it.each([1, 2])(
    'multiplies the factors of a matrix on its way, of several micro-batches, by %i threads',
    (threads) => {
      // Neither rows nor columns fill the kernel's tiles.
      const [rows, columns] = [1030, 1037]
      const segment = { start: 0, end: rows * columns, factor: 1, taps: 1, columns }
      const { updater, state } = opened([segment], threads)
      const before = Float32Array.from(state.weights.floats)
      const momentum = Float32Array.from(state.momentum.floats)
      const noise = random(6)
      const filled = (length: number) => Float32Array.from({ length }, () => 2 * noise.uniform() - 1)
      const parts = [3, 2].map((images) => ({
        images,
        dy: filled(images * rows),
        x: filled(images * columns),
      }))
      updater.step(rates, new Map([[segment, parts]]))
      let worst = 0
      for (let index = 0; index < rows * columns; index++) {
        const [row, column] = [Math.floor(index / columns), index % columns]
        let gradient = 0
        for (const { images, dy, x } of parts) {
          for (let image = 0; image < images; image++)
            gradient += dy[image * rows + row]! * x[image * columns + column]!
        }
        const velocity = 0.9 * momentum[index]! + gradient + 0.01 * before[index]!
        worst = Math.max(worst, Math.abs(velocity - state.momentum.floats[index]!))
        worst = Math.max(worst, Math.abs(before[index]! - 0.05 * velocity - state.weights.floats[index]!))
      }
      expect(worst).toBeLessThan(2e-6)
    },
  )

  it('adds what a further micro-batch has left', () => {
    const { updater, state } = opened(segments, 2)
    const sums = state.gradients.floats.map((value, index) => value + state.scratch.floats[index]!)
    updater.addScratch()
    expect(state.gradients.floats).toEqual(sums)
  })

  it('says that a network is too large for it', () => {
    expect(() => sharedFloats(2 ** 30)).toThrow(/1073741824 parameters/)
  })
})
