import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import type { JobContext } from '../../core/jobs/context.ts'
import { evaluateRun } from '../../core/jobs/evaluate.ts'
import type { JobEvent } from '../../core/jobs/events.ts'
import { chooseExecution } from '../../core/jobs/execution.ts'
import { exportRun } from '../../core/jobs/export.ts'
import { createRecorder } from '../../core/jobs/recorder.ts'
import { runFolder } from '../../core/jobs/home.ts'
import { predictImages } from '../../core/jobs/predict.ts'
import { openPredictor } from '../../core/jobs/predictor.ts'
import { resumeRun, trainRun } from '../../core/jobs/train.ts'
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from '../../core/training/checkpoint.ts'
import { tinyRecipe } from '../server/support.ts'
import { smallStudio } from './small.ts'

vi.setConfig({ testTimeout: 60_000 })

const studio = smallStudio()
const said: JobEvent[] = []
let context: JobContext
let trained: Checkpoint

const kinds = ['best', 'last']
const fileOf = (kind: string): string => join(runFolder(context.home, 'r1'), `${kind}.safetensors`)

beforeAll(async () => {
  const emit = createRecorder(studio.context, (event) => void said.push(event))
  context = { ...studio.context, emit }
  await trainRun(context, { dataset: studio.folder, recipe: tinyRecipe })
  // As if this had been trained through WebGPU.
  for (const kind of kinds) {
    const checkpoint = await loadCheckpoint(fileOf(kind))
    trained = { ...checkpoint, execution: { ...checkpoint.execution!, device: 'webgpu' } }
    await saveCheckpoint(fileOf(kind), trained)
  }
})
beforeEach(() => void said.splice(0))
afterEach(() => vi.unstubAllEnvs())

const isListed = (await onnxruntimeEngine.devices()).some(({ id }) => id === 'webgpu')
const notices = (): readonly JobEvent[] => said.filter(({ event }) => event === 'notice')
const ofCpu = { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' }
const testImage = (): string => {
  const { images, root } = context.registry.datasets.manifest('d1')
  return join(root, images.find(({ split }) => split === 'test')!.path)
}

describe.skipIf(!isListed)('what was trained on a GPU', () => {
  const choose = (asked: object, failure: string | null, tried: string[] = []) =>
    chooseExecution(context, asked, trained, {
      start: async (engine, { device }) => {
        tried.push(`start ${engine} ${device}`)
        return failure
      },
      proof: async ({ engine, device }) => {
        tried.push(`prove ${engine} ${device}`)
        return failure
      },
    })

  test('is computed there while it starts, without a word', async () => {
    const { engine, execution } = await choose({}, null)
    expect([engine.name, execution.device]).toEqual(['onnxruntime', 'webgpu'])
    expect(said).toEqual([])
  })

  test('is computed on the CPU where it does not start any more, and that is said', async () => {
    const { engine, execution } = await choose({}, 'There is no adapter.')
    expect([engine.name, execution.device]).toEqual(['onnxruntime', 'cpu'])
    expect(said).toEqual([
      {
        event: 'notice',
        code: 'other-device',
        message:
          'ONNX Runtime WebGPU, where the run was trained, does not start here: ONNX Runtime CPU computes instead.',
        hint: 'There is no adapter.',
      },
    ])
  })

  test('is computed where somebody says, if that is proven', async () => {
    const tried: string[] = []
    expect((await choose({ device: 'webgpu' }, null, tried)).execution.device).toBe('webgpu')
    expect((await choose({ device: 'cpu' }, 'There is no adapter.', tried)).execution.device).toBe('cpu')
    expect([tried, said]).toEqual([['prove onnxruntime webgpu'], []])
    await expect(choose({ device: 'webgpu' }, 'There is no adapter.')).rejects.toMatchObject({
      code: 'device-unusable',
      message: expect.stringContaining('There is no adapter.') as string,
    })
  })
})

// Elsewhere no variable takes the adapters away.
describe.skipIf(!isListed || process.platform !== 'linux')('without a GPU that is there', () => {
  beforeEach(() => {
    vi.stubEnv('VK_ICD_FILENAMES', '/nowhere')
    vi.stubEnv('VK_DRIVER_FILES', '/nowhere')
  })

  test('a run that was trained on one is evaluated, predicted with and exported on the CPU', async () => {
    const input = { run: 'r1', images: [testImage()] }
    const out = join(context.home.folder, 'exported')
    expect((await evaluateRun(context, { run: 'r1' })).execution).toMatchObject(ofCpu)
    expect((await predictImages(context, input)).execution).toMatchObject(ofCpu)
    const exported = await exportRun(context, { run: 'r1', format: 'onnx', out })
    expect(exported).toMatchObject({ execution: ofCpu, parity: { passed: true } })
    expect(existsSync(join(out, 'model.onnx'))).toBe(true)
    expect(notices()).toHaveLength(3)
    expect(notices()[0]).toMatchObject({ code: 'other-device', hint: expect.stringContaining('adapter') })
  })

  test('whoever tries one image after the other waits for the device once, and is told once', async () => {
    const predict = openPredictor(context)
    for (let image = 0; image < 2; image++) {
      const { execution } = await predict({ run: 'r1', images: [testImage()] })
      expect(execution).toMatchObject(ofCpu)
    }
    expect(notices()).toHaveLength(1)
  })

  test('who names it is told why it does not compute', async () => {
    const failed = { code: 'device-unusable', hint: expect.stringContaining('--device cpu') }
    const images = [testImage()]
    await expect(evaluateRun(context, { run: 'r1', device: 'webgpu' })).rejects.toMatchObject(failed)
    await expect(predictImages(context, { run: 'r1', device: 'webgpu', images })).rejects.toMatchObject(
      failed,
    )
  })

  test('a run that is to train there fails before its first step, with the reason', async () => {
    const recipe = { ...tinyRecipe, execution: { ...tinyRecipe.execution, device: 'webgpu' } }
    const training = trainRun(context, { dataset: 'd1', recipe, name: 'elsewhere' })
    await expect(training).rejects.toMatchObject({
      code: 'device-unusable',
      message: expect.stringMatching(/^ONNX Runtime WebGPU can’t be used here\. .*adapter/),
      hint: expect.stringContaining('--device cpu'),
    })
    expect(context.registry.runs.get('elsewhere')).toMatchObject({
      status: 'failed',
      error: { code: 'device-unusable' },
    })
    expect(said.map(({ event }) => event)).toEqual(['run', 'progress'])
  })

  test('a run that was stopped there does not go on, and says what can be done', async () => {
    context.registry.runs.end('r1', 'stopped')
    await expect(resumeRun(context, { run: 'r1' })).rejects.toMatchObject({
      code: 'engine-missing',
      message: expect.stringMatching(/on WebGPU in fp32, which does not work here\. .*adapter/),
      hint: expect.stringContaining('--from r1'),
    })
  })
})
