import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { bench, type BenchOptions } from '../../core/bench/bench.ts'
import { generatePictures } from '../../core/bench/pictures.ts'
import type {
  BenchProgress,
  Measurement,
  NetworkBenchmark,
  PipelineBenchmark,
} from '../../core/bench/types.ts'
import { isLinux, onlyLinux } from '../unless.ts'

const folder = mkdtempSync(join(tmpdir(), 'vgg-bench-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const network = { config: 'A', crop: 32, batch: 2, classes: 3, fcWidth: 8, iterations: 2 } as const
const step: NetworkBenchmark = { name: 'tiny-step', kind: 'step', ...network }
const inference: NetworkBenchmark = { name: 'tiny-inference', kind: 'inference', ...network }
const pipeline: PipelineBenchmark = {
  name: 'tiny-pipeline',
  kind: 'pipeline',
  pass: 'cached',
  crop: 64,
  scale: { min: 64, max: 80 },
  batch: 4,
  workers: 2,
}

async function run(options: Partial<BenchOptions>): Promise<Measurement[]> {
  const all: BenchOptions = {
    benchmarks: [step],
    execution: { engine: 'onnxruntime', threads: 1 },
    rounds: 2,
    peer: null,
    files: null,
    cache: join(folder, 'cache'),
    ...options,
  }
  return Array.fromAsync(bench(all))
}

test('steps, inference and pipelines are measured, one after the other', async () => {
  const files = join(folder, 'pictures')
  await generatePictures(files, 6)
  const progress: BenchProgress[] = []
  const measured = await run({
    benchmarks: [step, inference, pipeline],
    files,
    onProgress: (state) => progress.push(state),
  })
  const ours = { engine: 'onnxruntime', device: 'cpu', precision: 'fp32', threads: 1 }
  expect(measured).toMatchObject([
    { work: 'tiny-step', ...ours },
    { work: 'tiny-inference', ...ours },
    { work: 'tiny-pipeline', engine: 'none', threads: 2 },
  ])
  for (const { secondsPerImage, peakMemory, spread } of measured) {
    const [least, greatest] = spread.secondsPerImage
    expect(least).toBeGreaterThan(0)
    expect(secondsPerImage).toBeGreaterThanOrEqual(least)
    expect(secondsPerImage).toBeLessThanOrEqual(greatest)
    expect(peakMemory).toBeGreaterThan(30e6)
  }
  const last = progress.at(-1)
  expect(last).toMatchObject({ label: 'tiny-pipeline', done: 2, total: 2, secondsLeft: 0 })
  // Decoded images are of no use any more.
  expect(existsSync(join(folder, 'cache', 'decoded'))).toBe(false)
})

test('what the engine refuses is said by its child', async () => {
  const execution = { engine: 'onnxruntime', device: 'abacus', threads: 1 } as const
  await expect(run({ execution })).rejects.toMatchObject({
    code: 'unknown-device',
    message: expect.stringContaining('abacus'),
  })
})

// Elsewhere no variable takes the adapters away.
test.skipIf(!isLinux)(`a device that is not proven is not measured${onlyLinux}`, async () => {
  vi.stubEnv('VK_ICD_FILENAMES', '/nowhere')
  vi.stubEnv('VK_DRIVER_FILES', '/nowhere')
  onTestFinished(() => void vi.unstubAllEnvs())
  const execution = { engine: 'onnxruntime', device: 'webgpu', threads: 1 } as const
  await expect(run({ execution })).rejects.toMatchObject({
    code: 'device-unusable',
    message: expect.stringContaining('adapter'),
  })
})

test('a file that cannot be read ends the measurement with its name', async () => {
  const files = join(folder, 'broken')
  const [first] = await generatePictures(files, 2)
  writeFileSync(first!, 'no picture')
  await expect(run({ benchmarks: [pipeline], files })).rejects.toMatchObject({
    code: 'unreadable',
    message: expect.stringContaining('0000.jpg'),
  })
})

test('canceled, it ends at once', async () => {
  const controller = new AbortController()
  const onProgress = ({ label }: BenchProgress): void => {
    if (label === 'tiny-step') controller.abort()
  }
  const rounds = 100_000
  await expect(run({ rounds, signal: controller.signal, onProgress })).rejects.toMatchObject({
    code: 'canceled',
  })
})
