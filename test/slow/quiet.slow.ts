import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { findInstallation } from '../../core/engine/tensorflow/location.ts'
import { classes, copySample, remove } from '../integration/studio.ts'
import { watch, type Watched } from './watch.ts'

/** Seconds after its start in which ONNX Runtime, left to itself, calls its maker (10) and tries again. */
const patience = 32

const hasStrace = spawnSync('strace', ['-V']).status === 0
const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'test/slow/everyday.ts')
const source = copySample(6, 2, classes.slice(0, 3))
const [image] = readdirSync(join(source, 'test', 'bag')).map((name) => join(source, 'test', 'bag', name))
afterAll(() => remove(dirname(source)))

const everyday = (engine: string, seconds: number, environment?: Record<string, string>): Promise<Watched> =>
  watch([process.execPath, program, source, engine, image!, String(seconds)], environment)

function expectQuiet({ code, stderr, sockets, strayWrites, left, folder }: Watched): void {
  expect(code, stderr).toBe(0)
  expect({ sockets, strayWrites, left }).toEqual({ sockets: [], strayWrites: [], left: [] })
  rmSync(folder, { recursive: true })
}

if (!hasStrace && process.env['CI']) throw new Error('strace is not installed, and CI may not skip this.')
const tensorflow = findInstallation()
if (!tensorflow && process.env['CI']) throw new Error('TensorFlow is not installed, and CI may not skip it.')
const noStrace = hasStrace ? '' : ' (skipped: strace is not installed)'
const noTensorflow = tensorflow ? '' : ' (skipped: TensorFlow is not installed)'

describe.skipIf(!hasStrace)(
  `training, prediction and export open no internet socket and leave nothing${noStrace}`,
  () => {
    test.concurrent('with ONNX Runtime', async () => {
      expectQuiet(await everyday('onnxruntime', patience))
    })

    test.skipIf(!tensorflow)(`with TensorFlow${noTensorflow}`, { concurrent: true }, async () => {
      let installed = dirname(tensorflow!.binding)
      while (!existsSync(join(installed, 'manifest.json'))) installed = dirname(installed)
      expectQuiet(await everyday('tensorflow', patience, { VGG_STUDIO_TENSORFLOW: installed }))
    })

    test.concurrent('which is seen where a person lets ONNX Runtime report', async () => {
      const { code, stderr, sockets, left, folder } = await everyday('onnxruntime', 14, {
        ORT_DISABLE_TELEMETRY: '0',
      })
      expect(code, stderr).toBe(0)
      expect(sockets.length).toBeGreaterThan(0)
      expect(left).toContainEqual(expect.stringMatching(/DeveloperTools\/\.onnxruntime\/deviceid$/))
      expect(left).toContainEqual(expect.stringMatching(/tmp\/mat-debug-\d+\.log$/))
      rmSync(folder, { recursive: true })
    })

    test.concurrent('from npm run', async () => {
      const demo = ['run', '--prefix', root, 'demo', '--', '--epochs', '1', '--json']
      const { left, ...watched } = await watch(['npm', ...demo])
      // npm's own logs and compiled code.
      const npms = /\/user\/\.npm\/|\/tmp\/node-compile-cache\//
      expectQuiet({ ...watched, left: left.filter((path) => !npms.test(path)) })
    })
  },
)
