import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Measurement } from '../../../core/engine/selection/benchmark.ts'
import {
  forgetMeasurements,
  keepMeasurements,
  knownMeasurements,
} from '../../../core/engine/selection/remembered.ts'

const measured = (engine: Measurement['engine'], precision: Measurement['precision']): Measurement => ({
  ...{
    engine,
    device: 'cpu',
    precision,
    label: `${engine} ${precision}`,
    secondsPerImage: 0.5,
    reason: null,
  },
})
const onnx = measured('onnxruntime', 'fp32')
const tensorflow = measured('tensorflow', 'bf16')
let folder: string

beforeEach(() => {
  const made = mkdtempSync(join(tmpdir(), 'vgg-test-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  folder = join(made, 'cache')
})

test('measurements are known again for their key, and for any part of them', async () => {
  await keepMeasurements(folder, 'machine and shape', [onnx, tensorflow])
  expect(await knownMeasurements(folder, 'machine and shape', [onnx, tensorflow])).toEqual([onnx, tensorflow])
  expect(await knownMeasurements(folder, 'machine and shape', [tensorflow])).toEqual([tensorflow])
  expect(await knownMeasurements(folder, 'another machine', [onnx])).toBeNull()
})

test('a candidate that has come since is measured with the others', async () => {
  await keepMeasurements(folder, 'key', [onnx])
  expect(await knownMeasurements(folder, 'key', [onnx, tensorflow])).toBeNull()
})

describe('what failed', () => {
  const out = { ...tensorflow, secondsPerImage: null, reason: 'It ran out of memory.' }

  test('is known for a day, then tried again', async () => {
    vi.useFakeTimers({ now: new Date('2026-03-01T12:00:00Z'), toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    await keepMeasurements(folder, 'key', [onnx, out])
    expect(await knownMeasurements(folder, 'key', [onnx, out])).toEqual([onnx, out])
    vi.setSystemTime(new Date('2026-03-02T12:00:01Z'))
    expect(await knownMeasurements(folder, 'key', [onnx, out])).toBeNull()
    expect(await knownMeasurements(folder, 'key', [onnx])).toEqual([onnx])
  })

  test('is tried again at once where nothing else worked, and after an engine was installed', async () => {
    await keepMeasurements(folder, 'key', [out])
    expect(await knownMeasurements(folder, 'key', [out])).toBeNull()
    await keepMeasurements(folder, 'key', [onnx, out])
    await forgetMeasurements(folder)
    expect(await knownMeasurements(folder, 'key', [onnx])).toBeNull()
  })
})

test('the latest of a key counts, and the oldest keys go', async () => {
  for (let index = 0; index < 205; index++) await keepMeasurements(folder, `key ${index}`, [onnx])
  await keepMeasurements(folder, 'key 204', [{ ...onnx, secondsPerImage: 0.25 }])
  expect(await knownMeasurements(folder, 'key 0', [onnx])).toBeNull()
  expect(await knownMeasurements(folder, 'key 204', [onnx])).toMatchObject([{ secondsPerImage: 0.25 }])
  const { entries } = JSON.parse(readFileSync(join(folder, 'calibration.json'), 'utf8')) as {
    entries: unknown[]
  }
  expect(entries).toHaveLength(200)
})

test.each(['', '{', '{"version":2,"entries":[]}', '{"version":1,"entries":[{"key":"key"}]}'])(
  'a broken file (%s) counts as none, and is replaced',
  async (text) => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'calibration.json'), text)
    expect(await knownMeasurements(folder, 'key', [onnx])).toBeNull()
    await keepMeasurements(folder, 'key', [onnx])
    expect(await knownMeasurements(folder, 'key', [onnx])).toEqual([onnx])
  },
)
