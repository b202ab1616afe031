import { describe, expect, it } from 'vitest'
import { release, type Tensor, type Tensors } from '../../core/base/tensor.ts'
import type { Batch, Engine, ExecutionOptions, Trainer } from '../../core/engine/types.ts'
import { parameters } from '../../core/network/parameters.ts'
import {
  batchOf,
  distinct,
  rates,
  referenceOf,
  shrunkNetworks,
  startOf,
  worstByDigest,
} from './architectures.ts'
import { fixtureNames, readFixture, relativeError, wholeBatch, worst } from './fixtures.ts'
import { gradientsOf, still } from './gradients.ts'

/** Bound of relative errors. PyTorch’s own 32-bit floats keep 0.6 of it (see `rounding` in architectures.ts). */
export const tolerance = 1e-4

/** What every engine and device must do, held against PyTorch's numbers. */
export function describeConformance(engine: Engine, execution: ExecutionOptions): void {
  describe(`${engine.name} on ${execution.device}`, () => {
    describe.each(fixtureNames('primitives'))('a network with %s', (name) => {
      it('has the loss and the gradients that PyTorch computes', async () => {
        const fixture = await readFixture('primitives', name)
        const trainer = await engine.trainer(fixture.network, fixture.initial, execution)
        const batch = wholeBatch(fixture)
        const { loss, classifierLoss, images } = await trainer.accumulate(batch)
        expect(Math.abs(loss / fixture.scalar('loss') - 1)).toBeLessThan(tolerance)
        // Without mixing these are of plain cross-entropy: the images' own losses are its parts.
        const own = images.losses.reduce((sum, value, image) => sum + value * batch.weights[image]!, 0)
        if (!batch.mixed) expect(Math.abs(own / classifierLoss - 1)).toBeLessThan(tolerance)
        expect(images.margins).toHaveLength(batch.labels.length)
        const gradients = await gradientsOf(trainer)
        expect(worst(gradients, fixture.group('gradient')).error).toBeLessThan(tolerance)
        await trainer.dispose()
      })
    })

    describe.each(fixtureNames('networks'))('VGG %s, small', (name) => {
      it('follows five steps of PyTorch: losses, logits, gradients, weights, momentum, statistics', async () => {
        const fixture = await readFixture('networks', name)
        const step = JSON.parse(fixture.metadata.step!) as StepFixture
        const options = { ...execution, labelSmoothing: step.labelSmoothing }
        const trainer = await engine.trainer(fixture.network, fixture.initial, options)
        await trainer.accumulate(wholeBatch(fixture, [5, 0]))
        expect(worst(await gradientsOf(trainer), fixture.group('gradient')).error).toBeLessThan(tolerance)

        await trainer.restore(fixture.initial)
        for (let index = 0; index < step.steps; index++) {
          const { loss } = await trainer.accumulate(wholeBatch(fixture, [5, index]))
          expect(Math.abs(loss / fixture.scalar(`loss/${index}`) - 1)).toBeLessThan(tolerance)
          const learningRate = index < step.cutAfter ? step.learningRate : step.learningRate / 10
          await trainer.apply({ ...step, learningRate })
        }
        const state = await trainer.state()
        expect(worst(state.weights, fixture.group('final')).error).toBeLessThan(tolerance)
        expect(worst(state.momentum, fixture.group('momentum')).error).toBeLessThan(tolerance)
        await trainer.dispose()
      })

      it('predicts what PyTorch predicts after those steps', async () => {
        const fixture = await readFixture('networks', name)
        const predictor = await engine.predictor(fixture.network, fixture.group('final'), execution)
        const logits = await predictor.logits(fixture.images)
        expect(relativeError(logits, fixture.tensor('inference'))).toBeLessThan(tolerance)
        await predictor.dispose()
      })
    })

    describeArchitectures(engine, execution, distinct)

    it('sums micro-batches to the gradient of the whole batch', async () => {
      const fixture = await readFixture('primitives', 'convolution-3x3')
      const trainer = await engine.trainer(fixture.network, fixture.initial, execution)
      const whole = wholeBatch(fixture)
      await trainer.accumulate(part(whole, 0, 1))
      await trainer.accumulate(part(whole, 1, 2))
      await trainer.accumulate(part(whole, 2, 3))
      expect(worst(await gradientsOf(trainer), fixture.group('gradient')).error).toBeLessThan(tolerance)
      await trainer.dispose()
    })

    it('starts from zero gradients after each update', async () => {
      const fixture = await readFixture('primitives', 'convolution-3x3')
      const trainer = await engine.trainer(fixture.network, fixture.initial, execution)
      for (let repeat = 0; repeat < 2; repeat++) {
        await trainer.accumulate(wholeBatch(fixture))
        expect(worst(await gradientsOf(trainer), fixture.group('gradient')).error).toBeLessThan(tolerance)
      }
      await trainer.dispose()
    })

    it('leaves frozen layers as they are, their batch-norm statistics too', async () => {
      const fixture = await readFixture('networks', 'D-batch-norm')
      const frozen = fixture.network.layers
        .filter(({ name }) => name.startsWith('features.'))
        .map(({ name }) => name)
      const trainer = await engine.trainer(fixture.network, fixture.initial, { ...execution, frozen })
      await trainer.accumulate(wholeBatch(fixture))
      await trainer.apply({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 })
      const { weights, momentum } = await trainer.state()
      for (const [name, tensor] of fixture.initial.weights) {
        const moved = relativeError(weights.get(name), tensor)
        if (name.startsWith('features.')) expect(moved, name).toBe(0)
        else expect(moved, name).toBeGreaterThan(0)
      }
      expect([...momentum.keys()].every((name) => name.startsWith('classifier.'))).toBe(true)
      await trainer.dispose()
    })

    it("multiplies a layer's rate by its factor", async () => {
      const fixture = await readFixture('primitives', 'linear')
      const moved = async (factor: number): Promise<Tensor> => {
        const options = { ...execution, rateFactors: { hidden: factor } }
        const trainer = await engine.trainer(fixture.network, fixture.initial, options)
        await trainer.accumulate(wholeBatch(fixture))
        await trainer.apply({ learningRate: 0.5, momentum: 0, weightDecay: 0 })
        const before = fixture.initial.weights.get('hidden.weight')!
        const after = (await trainer.state()).weights.get('hidden.weight')!
        await trainer.dispose()
        return { shape: before.shape, data: after.data.map((value, index) => value - before.data[index]!) }
      }
      const [once, thrice] = [await moved(1), await moved(3)]
      expect(relativeError(thrice, { ...once, data: once.data.map((value) => 3 * value) })).toBeLessThan(1e-3)
    })

    it('continues exactly from a restored state', async () => {
      const fixture = await readFixture('networks', 'D-batch-norm')
      const rates = { learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4 }
      const run = async (trainer: Trainer, from: number, to: number): Promise<void> => {
        for (let step = from; step < to; step++) {
          await trainer.accumulate(wholeBatch(fixture, [9, step]))
          await trainer.apply(rates)
        }
      }
      const first = await engine.trainer(fixture.network, fixture.initial, execution)
      await run(first, 0, 2)
      const halfway = await first.state()
      await run(first, 2, 4)
      const second = await engine.trainer(fixture.network, fixture.initial, execution)
      await second.restore(halfway)
      await run(second, 2, 4)
      const [a, b] = [await first.state(), await second.state()]
      expect(worst(a.weights, b.weights).error).toBeLessThan(1e-6)
      expect(worst(a.momentum, b.momentum).error).toBeLessThan(1e-5)
      await first.dispose()
      await second.dispose()
    })

    it('shows nothing of an unfinished update in its state, whatever batch normalization has seen', async () => {
      const fixture = await readFixture('networks', 'D-batch-norm')
      const trainer = await engine.trainer(fixture.network, fixture.initial, execution)
      await trainer.accumulate(part(wholeBatch(fixture), 0, 2))
      const begun = await trainer.state()
      expect(worst(begun.weights, fixture.initial.weights).error).toBe(0)
      await trainer.apply(still)
      const made = await trainer.state()
      expect(made.weights.get('features.1.running_mean')).not.toEqual(
        begun.weights.get('features.1.running_mean'),
      )
      await trainer.dispose()
    })

    it('forgets an unfinished update when another state is restored', async () => {
      const fixture = await readFixture('networks', 'D-batch-norm')
      const trainer = await engine.trainer(fixture.network, fixture.initial, execution)
      await trainer.accumulate(part(wholeBatch(fixture), 0, 2))
      await trainer.restore({ weights: fixture.group('final'), momentum: new Map() })
      const { weights } = await trainer.state()
      expect(worst(weights, fixture.group('final')).error).toBe(0)
      await trainer.dispose()
    })

    it('keeps nothing of the weights that a predictor was opened with', async () => {
      const fixture = await readFixture('networks', 'C')
      const weights = new Map(
        [...fixture.group('final')].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
      )
      const predictor = await engine.predictor(fixture.network, weights, execution)
      for (const { data } of weights.values()) data.fill(Number.NaN)
      release(weights)
      const logits = await predictor.logits(fixture.images)
      expect(relativeError(logits, fixture.tensor('inference'))).toBeLessThan(tolerance)
      await predictor.dispose()
    })

    it('counts as correct the images whose label has the highest logit', async () => {
      const fixture = await readFixture('networks', 'C')
      const trainer = await engine.trainer(fixture.network, fixture.initial, execution)
      const batch = wholeBatch(fixture, [5, 0])
      const { correct } = await trainer.accumulate(batch)
      const { data, shape } = fixture.tensor('logits/0')
      const expected = fixture.labels.filter((label, image) => {
        const row = data.subarray(image * shape[1]!, (image + 1) * shape[1]!)
        return row.indexOf(Math.max(...row)) === label
      })
      expect(correct).toBe(expected.length)
      await trainer.dispose()
    })

    it('refuses a state that misses a tensor or has one of another shape', async () => {
      const fixture = await readFixture('primitives', 'linear')
      const missing = new Map(fixture.initial.weights)
      missing.delete('hidden.bias')
      const open = (weights: Tensors) =>
        engine.trainer(fixture.network, { weights, momentum: new Map() }, execution)
      await expect(open(missing)).rejects.toThrow('hidden.bias')
      missing.set('hidden.bias', { shape: [2], data: new Float32Array(2) })
      await expect(open(missing)).rejects.toThrow('hidden.bias is 2, the network expects 9')
    })
  })
}

/** Every architecture, shrunk, against PyTorch. @param only some of them; the others are in architectures.slow.ts */
export function describeArchitectures(
  engine: Engine,
  execution: ExecutionOptions,
  only?: ReadonlySet<string>,
): void {
  describe.each(Object.entries(shrunkNetworks()).filter(([name]) => only?.has(name) ?? true))(
    '%s, shrunk',
    (name, network) => {
      it('gives every parameter a gradient and follows five steps of PyTorch', async () => {
        const reference = referenceOf(name)
        const trainer = await engine.trainer(network, startOf(network), execution)
        await trainer.accumulate(batchOf(network, 0))
        const gradients = await gradientsOf(trainer)
        const trained = parameters(network).filter(({ trainable }) => trainable)
        for (const { name: parameter } of trained) {
          expect(
            gradients.get(parameter)?.data.some((value) => value !== 0),
            parameter,
          ).toBe(true)
        }
        expect(Object.keys(reference.gradients).sort()).toEqual(trained.map((own) => own.name).sort())
        expect(worstByDigest(gradients, reference.gradients).error).toBeLessThan(tolerance)

        await trainer.restore(startOf(network))
        for (const [step, expected] of reference.losses.entries()) {
          const { loss } = await trainer.accumulate(batchOf(network, step))
          expect(Math.abs(loss / expected - 1), `step ${step}`).toBeLessThan(tolerance)
          await trainer.apply(rates(network))
        }
        const { weights } = await trainer.state()
        expect(worstByDigest(weights, reference.final).error).toBeLessThan(tolerance)
        await trainer.dispose()
      })
    },
  )
}

interface StepFixture {
  readonly steps: number
  readonly cutAfter: number
  readonly learningRate: number
  readonly momentum: number
  readonly weightDecay: number
  readonly labelSmoothing: number
}

function part(batch: Batch, start: number, end: number): Batch {
  const [, ...shape] = batch.images.shape
  const size = batch.images.data.length / batch.labels.length
  return {
    ...batch,
    images: { shape: [end - start, ...shape], data: batch.images.data.slice(start * size, end * size) },
    labels: batch.labels.slice(start, end),
    weights: batch.weights.slice(start, end),
  }
}
