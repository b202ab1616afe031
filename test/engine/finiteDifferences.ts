import { describe, expect, it } from 'vitest'
import { random } from '../../core/base/random.ts'
import type { Engine, ExecutionOptions, State, Trainer } from '../../core/engine/types.ts'
import { fixtureNames, readFixture, relativeError, wholeBatch, type Fixture } from './fixtures.ts'
import { gradientsOf } from './gradients.ts'

/** Gradients held against finite differences of the loss, which no other library has computed. */
export function describeFiniteDifferences(engine: Engine, execution: ExecutionOptions): void {
  describe(`${engine.name} on ${execution.device}`, () => {
    // Where maxima tie, the loss has no slope.
    const names = fixtureNames('primitives').filter((name) => !name.endsWith('-ties'))
    describe.each(names)('a network with %s', (name) => {
      it('has gradients that finite differences confirm, and none of which a part is missing', async () => {
        const fixture = await readFixture('primitives', name)
        const trainer = await engine.trainer(fixture.network, fixture.initial, execution)
        await trainer.accumulate(wholeBatch(fixture))
        const gradients = await gradientsOf(trainer)
        const largest = Math.max(...[...gradients.values()].map(({ data }) => Math.hypot(...data)))
        for (const [parameter, { data }] of gradients) {
          const slopes = await slopesOf(trainer, fixture, parameter, data.length)
          const error = (gradient: Float32Array): number => slopeError(gradient, slopes, largest)
          expect(error(data), parameter).toBeLessThan(slopeTolerance)
          // The gradient of a bias before batch normalization is rounding alone.
          if (Math.hypot(...data) < 1e-3 * largest) continue
          const [half, third] = [data.length / 2, data.length / 3]
          for (const kept of [(index: number) => index >= half, (index: number) => index < third]) {
            const part = data.map((value, index) => (kept(index) ? value : 0))
            // A part that was nothing is not missed.
            if (relativeError({ shape: [data.length], data: part }, { shape: [data.length], data }) < 0.3)
              continue
            expect(error(part), `a part of ${parameter}`).toBeGreaterThan(slopeTolerance)
          }
        }
        await trainer.dispose()
      })
    })
  })
}

/**
 * Slopes of the loss by central differences, in random directions: along the gradient itself, what is wrongly zero
 * in it would not be looked at. The step is small enough that few rectifiers and maxima change sides, large enough for
 * fp32.
 */
async function slopesOf(
  trainer: Trainer,
  fixture: Fixture,
  parameter: string,
  count: number,
): Promise<readonly Slope[]> {
  const original = fixture.initial.weights.get(parameter)!
  const slopes: Slope[] = []
  for (let index = 0; index < directionCount; index++) {
    const draw = random(17, index)
    const direction = Float32Array.from({ length: count }, () => draw.normal())
    const lossAt = async (distance: number): Promise<number> => {
      const data = original.data.map((value, place) => value + distance * direction[place]!)
      const weights = new Map([...fixture.initial.weights, [parameter, { ...original, data }]])
      await trainer.restore({ weights, momentum: new Map() } satisfies State)
      return (await trainer.accumulate(wholeBatch(fixture))).loss
    }
    slopes.push({
      direction,
      numeric: ((await lossAt(distance)) - (await lossAt(-distance))) / (2 * distance),
    })
  }
  return slopes
}

interface Slope {
  readonly direction: Float32Array
  readonly numeric: number
}

/** So far each value moves, give or take. */
const distance = 3e-4
/** Enough that their median misses no part of a gradient by chance. */
const directionCount = 15
const slopeTolerance = 0.06

/**
 * How far a gradient's slope is from the numeric one, in units of the slope that its length lets expect; of a gradient
 * that is next to nothing, in units of a hundredth of the largest. The median over the directions: in some, a maximum
 * changes sides.
 */
function slopeError(gradient: Float32Array, slopes: readonly Slope[], largest: number): number {
  const unit = Math.max(Math.hypot(...gradient), largest / 100)
  const errors = slopes.map(({ direction, numeric }) => {
    const slope = gradient.reduce((sum, value, index) => sum + value * direction[index]!, 0)
    return Math.abs(slope - numeric) / unit
  })
  return errors.sort((a, b) => a - b)[errors.length >> 1]!
}
