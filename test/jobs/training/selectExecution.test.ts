import { existsSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { StudioError } from '../../../core/base/errors.ts'
import { onnxruntimeEngine } from '../../../core/engine/onnxruntime/engine.ts'
import { candidateOf } from '../../../core/engine/selection/candidates.ts'
import { forgetMeasurements } from '../../../core/engine/selection/remembered.ts'
import type { Machine, Trial, TrialTask } from '../../../core/engine/selection/trial.ts'
import type { Device } from '../../../core/engine/types.ts'
import type { JobContext } from '../../../core/jobs/context/context.ts'
import { evaluateRun } from '../../../core/jobs/evaluate.ts'
import type { JobEvent } from '../../../core/jobs/recording/events.ts'
import {
  rememberedTest,
  selectForModel,
  selectForTraining,
} from '../../../core/jobs/training/selectExecution.ts'
import { exportRun } from '../../../core/jobs/export.ts'
import { openRecorder } from '../../../core/jobs/recording/recorder.ts'
import { runFolder } from '../../../core/jobs/context/home.ts'
import { predictImages } from '../../../core/jobs/predict.ts'
import { openPredictor } from '../../../core/jobs/tasks/predictor.ts'
import { resumeRun } from '../../../core/jobs/resume.ts'
import { trainRun } from '../../../core/jobs/train.ts'
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from '../../../core/training/checkpoint.ts'
import { parseRecipe } from '../../../core/training/recipe.ts'
import { tinyRecipe } from '../../server/support.ts'
import { smallStudio } from '../small.ts'
import { isLinux, unless } from '../../unless.ts'
import { say } from '../../say.ts'
import { english } from '../../../core/messages/en/index.ts'
import { shown } from '../../../core/messages/shown.ts'

vi.setConfig({ testTimeout: 60_000 })

const studio = smallStudio()
const said: JobEvent[] = []
let context: JobContext
let trained: Checkpoint

const kinds = ['best', 'last']
const fileOf = (kind: string): string => join(runFolder(context.home, 'r1'), `${kind}.safetensors`)

beforeAll(async () => {
  const emit = openRecorder(studio.context, (event) => void said.push(event))
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
const notices = () =>
  shown(
    said.filter(({ event }) => event === 'notice'),
    english,
  )
const onCpu = { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' }
const testImage = (): string => {
  const { images, root } = context.registry.datasets.manifest('d1')
  return join(root, images.find(({ split }) => split === 'test')!.path)
}

/** A machine of these devices, on which trials end as told: in a failure's sentence, or null. */
function pretend(devices: readonly Device[], outcome: (task: TrialTask) => string | null) {
  const tried: TrialTask[] = []
  const trial: Trial = async (task, options = {}) => {
    tried.push(task)
    const failure = outcome(task)
    if (failure !== null) return { code: 'device-unusable', message: failure }
    if (task.kind === 'self-test') options.onAnswer?.({ selfTest: { difference: 0, secondsPerImage: 0.001 } })
    if (task.kind === 'benchmark') {
      const accumulate = task.execution.device === 'cpu' ? 0.2 : 0.1
      for (let step = 0; step < 3; step++) options.onAnswer?.({ step: { accumulate, apply: 0.01 } })
    }
    return null
  }
  const machine: Machine = { devices: () => Promise.resolve(devices), trial }
  return { machine, tried }
}
const device = (
  engine: Device['engine'],
  id: string,
  precisions: Device['precisions'] = ['fp32'],
): Device => ({
  ...{ engine, id, name: id, precisions, usable: true },
})
const [ofCpu, ofWebgpu] = [device('onnxruntime', 'cpu'), device('onnxruntime', 'webgpu')]
const gpu = device('tensorflow', 'cuda:0', ['fp32', 'bf16'])

const fresh = (home: JobContext['home']): JobContext['home'] => {
  const folder = mkdtempSync(join(home.folder, 'fresh-'))
  return { ...home, folder, cache: join(folder, 'cache') }
}

/** With a home in which nothing is known yet. */
const afresh = (): JobContext => ({
  ...context,
  home: fresh(context.home),
})
const phases = (): readonly string[] =>
  said.flatMap((event) => (event.event === 'progress' ? [event.phase] : []))

describe('a new run', () => {
  const recipe = parseRecipe({ ...tinyRecipe, execution: { engine: 'onnxruntime', threads: 1 } })
  /** An hour, so that trials are worth it. */
  const long = { classes: 3, expected: (): number => 3600 }

  test('computes where it is fastest, and that is known the next time', async () => {
    const fresh = afresh()
    const { machine, tried } = pretend([ofCpu, ofWebgpu], () => null)
    const first = await selectForTraining({ ...fresh, machine }, recipe, long)
    expect(first.recipe.execution).toMatchObject({ device: 'webgpu', precision: 'fp32', threads: 1 })
    expect(say(first.chosen!.explanation)).toBe('ONNX Runtime WebGPU, 1.9× ONNX Runtime CPU here')
    expect(phases()).toEqual(['calibrate', 'calibrate', 'test'])
    const trials = tried.length
    expect(await selectForTraining({ ...fresh, machine }, recipe, long)).toEqual(first)
    expect(tried).toHaveLength(trials)
  })

  test('is not trained on a fast GPU that fails its test; that and why is known the next time', async () => {
    const fresh = afresh()
    const fails = ({ kind }: TrialTask): string | null =>
      kind === 'self-test' ? 'There is no adapter.' : null
    const { machine } = pretend([ofCpu, ofWebgpu], fails)
    const first = (await selectForTraining({ ...fresh, machine }, recipe, long)).chosen!
    expect(phases()).toEqual(['calibrate', 'calibrate', 'test'])
    expect(first).toMatchObject({ engine: 'onnxruntime', device: 'cpu' })
    const ofGpu = first.tried.find((one) => one.device === 'webgpu')
    expect(shown(ofGpu, english)).toMatchObject({
      secondsPerImage: null,
      reason: expect.stringContaining('adapter'),
    })
    said.splice(0)
    const second = (await selectForTraining({ ...fresh, machine }, recipe, long)).chosen!
    expect(phases()).toEqual([])
    expect(second).toEqual(first)
  })

  test('of which the two likely fastest are tried, and no third', async () => {
    const slow = device('onnxruntime', 'dml')
    const { machine, tried } = pretend([ofCpu, ofWebgpu, slow], () => null)
    const { chosen } = await selectForTraining({ ...afresh(), machine }, recipe, long)
    expect(tried.filter(({ kind }) => kind === 'benchmark')).toHaveLength(2)
    expect(chosen!.tried.map(({ seen }) => seen).toSorted()).toEqual([false, true, true])
  })

  test.each([
    ['a short one', { ...long, expected: (): number => 15 }],
    ['who wants no trials', { ...long, skip: true }],
  ])(
    '%s begins without trials, where the machine has shown what is fastest; a GPU is proven',
    async (_, input) => {
      const { machine, tried } = pretend([ofCpu, ofWebgpu], () => null)
      const { recipe: found, chosen } = await selectForTraining({ ...afresh(), machine }, recipe, input)
      expect(tried.map(({ kind }) => kind)).toEqual(['self-test'])
      expect(found.execution.device).toBe('webgpu')
      expect(say(chosen!.explanation)).toMatch(
        /^ONNX Runtime WebGPU, about .* from what this machine has shown$/,
      )
    },
  )

  test('on a machine that has shown nothing yet is said to be chosen by what is typical', async () => {
    const { machine, tried } = pretend([ofCpu, device('tensorflow', 'cpu')], () => null)
    const either = parseRecipe({ ...tinyRecipe, execution: { threads: 1 } })
    const short = { ...long, expected: (): number => 15 }
    const { chosen } = await selectForTraining({ ...afresh(), machine }, either, short)
    expect(tried).toEqual([])
    expect(say(chosen!.explanation)).toMatch(/, on most machines about [\d.]+× /)
  })

  test('whose GPU turns out to be slow in its test is trained elsewhere', async () => {
    const { machine } = pretend([ofCpu, ofWebgpu], () => null)
    const trial: Trial = (task, options = {}) => {
      if (task.kind !== 'self-test') return machine.trial(task, options)
      options.onAnswer?.({ selfTest: { difference: 0, secondsPerImage: 30 } })
      return Promise.resolve(null)
    }
    const input = { ...long, skip: true }
    const { chosen } = await selectForTraining({ ...afresh(), machine: { ...machine, trial } }, recipe, input)
    expect(chosen!.device).toBe('cpu')
  })

  test('trials that are skipped while they go on end at once, and the run begins', async () => {
    const skip = new AbortController()
    const hanging: Trial = (task, options = {}) =>
      task.kind === 'self-test'
        ? pretend([], () => null).machine.trial(task, options)
        : new Promise((resolve) => {
            options.signal?.addEventListener('abort', () => resolve(ended))
            skip.abort()
          })
    const ended = new StudioError('trial-ended', { trial: 'benchmark', ending: 'killed', by: '', last: '' })
      .fact
    const machine: Machine = { devices: () => Promise.resolve([ofCpu, ofWebgpu]), trial: hanging }
    const selected = await selectForTraining({ ...afresh(), machine, skip: skip.signal }, recipe, long)
    expect(selected.recipe.execution.device).toBe('webgpu')
  })

  test('is trained where somebody says, without trying anything else', async () => {
    const { machine, tried } = pretend([ofCpu, ofWebgpu], () => null)
    const asked = { ...recipe, execution: { ...recipe.execution, device: 'webgpu' } }
    const { recipe: found, chosen } = await selectForTraining({ ...afresh(), machine }, asked, long)
    expect([found.execution.device, chosen]).toEqual(['webgpu', null])
    expect(tried.map(({ kind, execution }) => [kind, execution.device])).toEqual([['self-test', 'webgpu']])
  })
})

describe('a self-test', () => {
  const [fp32, bf16] = [candidateOf(gpu, 'fp32'), candidateOf(gpu, 'bf16')]
  const machineOf = (fresh: JobContext, passing: readonly string[]) => {
    const { machine, tried } = pretend([gpu], ({ execution }) =>
      passing.includes(execution.precision!) ? null : 'It computes something else.',
    )
    const tested = (): readonly string[] =>
      tried.map(({ execution }) => `${execution.device} ${execution.precision}`)
    return { test: rememberedTest({ ...fresh, machine }, [gpu]), tested }
  }

  test('is done once in each precision, also for later jobs', async () => {
    const fresh = afresh()
    const first = machineOf(fresh, ['fp32', 'bf16'])
    expect([await first.test(fp32), await first.test(fp32), await first.test(bf16)]).toEqual([
      null,
      null,
      null,
    ])
    expect(first.tested()).toEqual(['cuda:0 fp32', 'cuda:0 bf16'])
    const later = machineOf(fresh, [])
    expect([await later.test(fp32), await later.test(bf16)]).toEqual([null, null])
    expect(later.tested()).toEqual([])
  })

  test('is said while it is done, and not where its outcome is known', async () => {
    const { test } = machineOf(afresh(), ['fp32'])
    await test(fp32)
    await test(fp32)
    expect(said).toEqual([
      expect.objectContaining({ event: 'progress', phase: 'test', detail: 'TensorFlow GPU 0 fp32' }),
    ])
  })

  test('that failed is told with the reason, and done again', async () => {
    const fresh = afresh()
    expect(say((await machineOf(fresh, []).test(fp32))!)).toBe('It computes something else.')
    const mended = machineOf(fresh, ['fp32'])
    expect(await mended.test(fp32)).toBeNull()
    expect(mended.tested()).toEqual(['cuda:0 fp32'])
  })

  test('is done again after an engine was installed', async () => {
    const fresh = afresh()
    await machineOf(fresh, ['fp32']).test(fp32)
    await forgetMeasurements(fresh.home.cache)
    const { test, tested } = machineOf(fresh, ['fp32'])
    await test(fp32)
    expect(tested()).toEqual(['cuda:0 fp32'])
  })

  test('that is canceled has not failed', async () => {
    const stop = new AbortController()
    const canceled = { ...afresh(), signal: stop.signal, emit: () => stop.abort() }
    const { machine } = pretend([gpu], () => 'It was ended.')
    const testing = rememberedTest({ ...canceled, machine }, [gpu])(fp32)
    await expect(testing).rejects.toMatchObject({ code: 'canceled' })
  })
})

describe('what was trained on a GPU', () => {
  const choose = (asked: object, failure: string | null, tried: string[] = []) => {
    const { machine } = pretend([ofCpu, ofWebgpu], ({ kind, engine, execution }) => {
      tried.push(`${kind} ${engine} ${execution.device}`)
      return failure
    })
    return selectForModel({ ...afresh(), machine }, asked, trained)
  }

  test('is computed there while it starts, without a word', async () => {
    const { engine, execution } = await choose({}, null)
    expect([engine.name, execution.device]).toEqual(['onnxruntime', 'webgpu'])
    expect(said).toEqual([])
  })

  test('is computed on the CPU where it does not start any more, and that is said', async () => {
    const { engine, execution } = await choose({}, 'There is no adapter.')
    expect([engine.name, execution.device]).toEqual(['onnxruntime', 'cpu'])
    expect(notices()).toEqual([
      {
        event: 'notice',
        code: 'other-device',
        message:
          'ONNX Runtime WebGPU, where the run was trained, does not start here: ONNX Runtime CPU computes instead.',
        hint: 'There is no adapter.',
      },
    ])
  })

  test('is computed where somebody says, if that passes its test', async () => {
    const tried: string[] = []
    expect((await choose({ device: 'webgpu' }, null, tried)).execution.device).toBe('webgpu')
    expect((await choose({ device: 'cpu' }, 'There is no adapter.', tried)).execution.device).toBe('cpu')
    expect([tried, notices()]).toEqual([['self-test onnxruntime webgpu'], []])
    await expect(choose({ device: 'webgpu' }, 'There is no adapter.')).rejects.toMatchObject({
      code: 'device-unusable',
      message: expect.stringContaining('There is no adapter.') as string,
    })
  })
})

// Elsewhere no variable takes the adapters away.
const canHide = isListed && isLinux
const noGpu = unless(canHide, 'no WebGPU device can be taken away')
describe.skipIf(!canHide)(`a GPU that is really not there${noGpu}`, () => {
  beforeEach(() => {
    vi.stubEnv('VK_ICD_FILENAMES', '/nowhere')
    vi.stubEnv('VK_DRIVER_FILES', '/nowhere')
  })

  test('naming it says why it does not compute', async () => {
    const failed = { code: 'device-unusable', hint: expect.stringContaining('--device cpu') }
    const images = [testImage()]
    await expect(evaluateRun(context, { run: 'r1', device: 'webgpu' })).rejects.toMatchObject(failed)
    await expect(predictImages(context, { run: 'r1', device: 'webgpu', images })).rejects.toMatchObject(
      failed,
    )
  })

  test('is given up for the CPU by who did not name it', async () => {
    expect((await evaluateRun(context, { run: 'r1' })).execution).toMatchObject(onCpu)
    expect(notices()).toHaveLength(1)
    expect(notices()[0]).toMatchObject({ code: 'other-device', hint: expect.stringContaining('adapter') })
  })
})

describe('where no GPU answers any more', () => {
  /** It is listed, and whatever is tried on it fails. */
  const without = (): JobContext => {
    const { machine } = pretend([ofCpu, ofWebgpu], ({ execution }) =>
      execution.device === 'cpu' ? null : 'There is no adapter.',
    )
    return { ...context, machine }
  }

  test('a run that was trained on one is evaluated, predicted with and exported on the CPU', async () => {
    const input = { run: 'r1', images: [testImage()] }
    const out = join(context.home.folder, 'exported')
    expect((await evaluateRun(without(), { run: 'r1' })).execution).toMatchObject(onCpu)
    expect((await predictImages(without(), input)).execution).toMatchObject(onCpu)
    const exported = await exportRun(without(), { run: 'r1', format: 'onnx', out })
    expect(exported).toMatchObject({ execution: onCpu, certificate: { passed: true } })
    expect(existsSync(join(out, 'model.onnx'))).toBe(true)
    expect(notices()).toHaveLength(3)
    expect(notices()[0]).toMatchObject({ code: 'other-device', hint: expect.stringContaining('adapter') })
  })

  test('trying one image after the other waits for the device once, and says so once', async () => {
    const { predict } = openPredictor(without())
    for (let image = 0; image < 2; image++) {
      const { execution } = await predict({ run: 'r1', images: [testImage()] })
      expect(execution).toMatchObject(onCpu)
    }
    expect(notices()).toHaveLength(1)
  })

  test.skipIf(!isListed)(
    'a run that is to train there fails before its first step, with the reason',
    async () => {
      const recipe = { ...tinyRecipe, execution: { ...tinyRecipe.execution, device: 'webgpu' } }
      const training = trainRun(without(), { dataset: 'd1', recipe, name: 'elsewhere' })
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
    },
  )

  test('a run that was stopped there does not resume, and says what can be done', async () => {
    context.registry.runs.end('r1', 'stopped')
    await expect(resumeRun(without(), { run: 'r1' })).rejects.toMatchObject({
      code: 'engine-missing',
      message: expect.stringMatching(/on WebGPU in fp32, which does not work here\. .*adapter/),
      hint: expect.stringContaining('--from r1'),
    })
  })
})
