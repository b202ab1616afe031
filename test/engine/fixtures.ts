import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Tensor, Tensors } from '../../core/base/tensor.ts'
import type { Batch, State } from '../../core/engine/types.ts'
import type { Network } from '../../core/network/types.ts'
import { readSafetensors } from '../../core/weights/safetensors.ts'
import { mixInto } from '../../core/pipeline/mixup.ts'
import { weightedTargets } from '../../core/training/mixture.ts'
import { buildVgg } from '../network/build.ts'

const folder = (kind: string): URL => new URL(`../fixtures/${kind}/`, import.meta.url)

/** Names of the fixtures made by test/reference/<kind>.py. */
export function fixtureNames(kind: 'networks' | 'primitives'): string[] {
  return readdirSync(folder(kind)).map((file) => file.replace('.safetensors', ''))
}

export interface Fixture {
  readonly network: Network
  readonly images: Tensor
  readonly labels: Int32Array
  readonly metadata: Readonly<Record<string, string>>
  /** Tensors under `<group>/`, their names without it. */
  group(group: string): Tensors
  scalar(name: string): number
  tensor(name: string): Tensor
  readonly initial: State
  /** Where images are mixed (see test/reference/primitives.py). */
  readonly mixing: { readonly shares: Float32Array; readonly classWeights: readonly number[] } | null
}

export async function readFixture(kind: 'networks' | 'primitives', name: string): Promise<Fixture> {
  const { tensors, metadata } = await readSafetensors(
    fileURLToPath(new URL(`${name}.safetensors`, folder(kind))),
  )
  const tensor = (key: string): Tensor => {
    const found = tensors.get(key)
    if (!found) throw new Error(`The fixture ${name} has no ${key}.`)
    return found
  }
  const group = (prefix: string): Tensors =>
    new Map(
      [...tensors]
        .filter(([key]) => key.startsWith(`${prefix}/`))
        .map(([key, value]) => [key.slice(prefix.length + 1), value]),
    )
  return {
    network: metadata.network
      ? (JSON.parse(metadata.network) as Network)
      : buildVgg(JSON.parse(metadata.options!) as Parameters<typeof buildVgg>[0]),
    images: tensor('images'),
    labels: Int32Array.from(tensor('labels').data),
    metadata,
    group,
    tensor,
    scalar: (key) => tensor(key).data[0]!,
    initial: { weights: withStatistics(group('initial')), momentum: new Map() },
    mixing: tensors.has('shares')
      ? { shares: tensor('shares').data, classWeights: [...tensor('classWeights').data] }
      : null,
  }
}

/** All of its images, each with the same weight. */
export function wholeBatch(fixture: Fixture, dropoutSeed: readonly number[] = [0]): Batch {
  const count = fixture.labels.length
  if (fixture.mixing) return { ...mixedBatch(fixture, fixture.mixing), dropoutSeed }
  const weights = new Float32Array(count).fill(1 / count)
  return { images: fixture.images, labels: fixture.labels, weights, dropoutSeed }
}

/** Mixed as training does it, the first with the last. */
function mixedBatch(
  { images, labels }: Fixture,
  mixing: NonNullable<Fixture['mixing']>,
): Omit<Batch, 'dropoutSeed'> {
  const { shape } = images
  const data = images.data.slice()
  const last = { pixels: images.data.slice(-data.length / shape[0]!), label: labels.at(-1)! }
  const batch = { images: { shape, data }, labels, items: new Uint32Array(labels.length), failures: [] }
  const mixed = mixInto(batch, last, mixing.shares)
  const { weights, ...targets } = weightedTargets({ labels, mixed }, mixing.classWeights, labels.length)
  return { images: batch.images, weights, ...targets }
}

/** The primitives' script keeps no running statistics: they start at 0 and 1, as in PyTorch. */
function withStatistics(weights: Tensors): Tensors {
  const scale = weights.get('bn.weight')
  if (!scale) return weights
  const fill = (value: number): Tensor => ({ shape: scale.shape, data: scale.data.map(() => value) })
  return new Map([...weights, ['bn.running_mean', fill(0)], ['bn.running_var', fill(1)]])
}

/** ‖a−b‖ / scale, where scale is ‖b‖ unless given */
export function relativeError(a: Tensor | undefined, b: Tensor, scale = norm(b.data)): number {
  if (!a || a.shape.join() !== b.shape.join()) return Infinity
  const difference = norm(a.data.map((value, index) => value - b.data[index]!))
  return difference === 0 ? 0 : difference / scale
}

/**
 * The largest relative error over the tensors of `expected`, with its name. The gradient of a bias before batch
 * normalization is zero but for rounding: a tensor below a hundred-thousandth of the largest is measured against a
 * hundredth of that.
 */
export function worst(actual: Tensors, expected: Tensors): { name: string; error: number } {
  const largest = Math.max(...[...expected.values()].map(({ data }) => norm(data)))
  return [...expected]
    .map(([name, tensor]) => {
      const own = norm(tensor.data)
      return {
        name,
        error: relativeError(actual.get(name), tensor, own < 1e-5 * largest ? largest / 100 : own),
      }
    })
    .reduce((a, b) => (b.error > a.error ? b : a), { name: '', error: 0 })
}

function norm(data: Float32Array): number {
  return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0))
}
