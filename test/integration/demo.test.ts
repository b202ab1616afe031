import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { openStudio, remove, sample, snapshot } from './studio.ts'

// It tries what computes here, adapters in software among them: slow is no failure.
vi.setConfig({ testTimeout: 300_000 })

const studio = openStudio()
afterAll(() => remove(studio.home))

test('the demo does the whole main job on the sample images, and reports it', async () => {
  const before = snapshot(sample)
  const { code, stdout } = await studio.run('demo', '--epochs', '2')
  expect(code).toBe(0)
  for (const part of [
    /training loss +\d\.\d{3} [▁▂▃▄▅▆▇█]{2} \d\.\d{3}/,
    /top-1 error \d+\.\d% on 400 test images \(95% /,
    /trouser +j .*[█▓▒░]/,
    /Best +\w+/,
    /Worst +\w+/,
    /[✓✗] \w+/,
    /model\.onnx \(2\.\d+ MB\)\nBeside the network: onnxruntime-node: largest difference/,
    /npx vgg-studio show r1 --home/,
  ]) {
    expect(stdout).toMatch(part)
  }
  expect(existsSync(join(studio.home, 'exports', 'r1-onnx', 'model.onnx'))).toBe(true)
  expect(snapshot(sample)).toBe(before)
})

test('with --json the demo is one object', async () => {
  const { code, json, lines } = await studio.run('demo', '--epochs', '1', '--json')
  expect(code).toBe(0)
  expect(lines).toHaveLength(1)
  expect(json).toMatchObject({
    home: studio.home,
    run: 'r2',
    dataset: 'd1',
    training: { status: 'completed' },
    evaluation: { images: 400, top1Error: expect.any(Number) },
    export: { certificate: { passed: true } },
  })
})
