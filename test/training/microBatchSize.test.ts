import { describe, expect, test } from 'vitest'
import { onnxruntimeEngine as engine } from '../../core/engine/onnxruntime/engine.ts'
import type { Engine } from '../../core/engine/types.ts'
import { availableMemory, memoryOn, reclaimableCache } from '../../core/training/memory.ts'
import { chooseMicroBatch, firstMicroBatch, neededMemory } from '../../core/training/microBatchSize.ts'
import { buildVgg, vggDefaults } from '../network/build.ts'

const network = buildVgg({ ...vggDefaults, config: 'D', classes: 10, crop: 224 })
const plenty = 1e12

/** Memory that just suffices for this many images of a batch of 256 at a time. */
const roomFor = (images: number): number =>
  (neededMemory(network, images, 256, { engine, available: plenty }).total + 1e6) / 0.8

describe('The automatic micro-batch', () => {
  const automatic = (batch: number, available = plenty) =>
    chooseMicroBatch(network, batch, 'auto', { engine, available }).size

  test('divides the batch, and is no larger than is worth it', () => {
    expect([256, 128, 100, 64, 48, 32, 20, 5, 1].map((batch) => automatic(batch))).toEqual([
      32, 32, 25, 32, 24, 32, 20, 5, 1,
    ])
  })

  test('leaves parts as even as can be where the batch has no divisor of use', () => {
    expect(automatic(101)).toBe(26)
    expect(automatic(74)).toBe(25)
  })

  test('is what memory holds where memory is short', () => {
    expect(automatic(256, roomFor(16))).toBe(16)
    expect(automatic(256, roomFor(15))).toBe(8)
    expect(automatic(256, roomFor(3))).toBe(2)
  })

  test('is one image, said not to fit, where there is no memory for any', () => {
    const choice = chooseMicroBatch(network, 256, 'auto', { engine, available: 1e6 })
    expect(choice).toMatchObject({ size: 1, fits: false, available: 1e6 })
    expect(chooseMicroBatch(network, 256, 'auto', { engine, available: roomFor(1) })).toMatchObject({
      size: 1,
      fits: true,
    })
  })

  test('asks the engine of the run, with its device, its precision and whether it sums micro-batches', () => {
    const asked: unknown[] = []
    const memory: Engine['memory'] = (_, microBatch, options) => {
      asked.push([microBatch, options])
      return engine.memory(network, microBatch, options)
    }
    const place = {
      engine: { ...engine, memory },
      device: 'cuda',
      precision: 'bf16',
      available: plenty,
    } as const
    chooseMicroBatch(network, 8, 8, place)
    chooseMicroBatch(network, 8, 4, place)
    expect(asked).toContainEqual([8, { device: 'cuda', precision: 'bf16', accumulates: false }])
    expect(asked).toContainEqual([4, { device: 'cuda', precision: 'bf16', accumulates: true }])
  })
})

test('A micro-batch that was asked for is taken, with a notice where it may not fit', () => {
  expect(chooseMicroBatch(network, 256, 48, { engine, available: plenty })).toMatchObject({
    size: 48,
    fits: true,
  })
  expect(chooseMicroBatch(network, 256, 48, { engine, available: roomFor(47) })).toMatchObject({
    size: 48,
    fits: false,
  })
})

describe('The first micro-batch, of one that was asked for,', () => {
  const needed = (images: number): number =>
    neededMemory(network, images, 256, { engine, available: plenty }).total
  const first = (wanted: number, available: number) =>
    firstMicroBatch(network, 256, wanted, { engine, available })

  test('is that one up to all that is available, said not to fit beyond the safe share', () => {
    expect(first(48, roomFor(48))).toMatchObject({ size: 48, fits: true, beyond: null })
    expect(first(48, roomFor(47))).toMatchObject({ size: 48, fits: false, beyond: null })
    expect(first(48, needed(48))).toMatchObject({ size: 48, fits: false, beyond: null })
  })

  test('is the largest even part of the batch that fits where it is beyond what is available', () => {
    expect(first(256, roomFor(64))).toMatchObject({
      size: 64,
      needed: needed(64),
      fits: true,
      beyond: { size: 256, needed: needed(256), fits: false },
    })
    expect(first(256, roomFor(70))).toMatchObject({ size: 64, fits: true })
    expect(first(48, needed(48) - 1).size).toBeLessThan(48)
  })

  test('is one image, said not to fit, where none fits, and stays one where it was asked for', () => {
    expect(first(256, 1e6)).toMatchObject({ size: 1, fits: false, beyond: { size: 256 } })
    expect(first(1, 1e6)).toMatchObject({ size: 1, fits: false, beyond: null })
  })

  test('stays the whole batch where a part of it, with its sums, would take more', () => {
    const memory: Engine['memory'] = (_, microBatch) => {
      const estimate = engine.memory(network, 1)
      return { ...estimate, total: microBatch === 2 ? 10 : 11 }
    }
    const place = { engine: { ...engine, memory }, available: 9 }
    expect(firstMicroBatch(network, 2, 2, place)).toMatchObject({ size: 2, fits: false, beyond: null })
  })

  test('is found quickly, however large the batch', () => {
    let asked = 0
    const memory: Engine['memory'] = (...input) => {
      asked++
      return engine.memory(...input)
    }
    const place = { engine: { ...engine, memory }, available: roomFor(16) }
    expect(firstMicroBatch(network, 65_536, 65_536, place).size).toBe(16)
    expect(asked).toBeLessThan(30)
  })
})

test('Available memory is a part of the machine’s', () => {
  const available = availableMemory()
  expect(available).toBeGreaterThan(1e7)
  expect(available).toBeLessThan(1e14)
})

test('Memory on a GPU is its own where it tells, and what is left of the machine’s where not', () => {
  expect(memoryOn({ id: 'cuda', memory: 16e9 })).toBe(16e9)
  expect(memoryOn({ id: 'webgpu' })).toBeLessThan(1e14)
  expect(memoryOn({ id: 'cpu', memory: 1 })).toBeGreaterThan(1e7)
})

test('A container’s file cache counts as available, in either version of control groups', () => {
  const files = (content: Record<string, string>) => (path: string) => content[path]
  const second = files({
    '/proc/self/cgroup': '0::/user/app\n',
    '/sys/fs/cgroup/user/app/memory.stat': 'anon 5\ninactive_file 4096\nactive_file 7\n',
  })
  const first = files({
    '/proc/self/cgroup': '9:cpu:/x\n4:memory:/docker/1\n',
    '/sys/fs/cgroup/memory/docker/1/memory.stat': 'cache 9\ntotal_inactive_file 8\n',
  })
  const inside = files({
    '/proc/self/cgroup': '0::/../other\n',
    '/sys/fs/cgroup/memory.stat': 'inactive_file 12\n',
  })
  expect([second, first, inside, files({})].map(reclaimableCache)).toEqual([4096, 8, 12, 0])
})
