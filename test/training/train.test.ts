import { existsSync, rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { onnxruntimeEngine } from '../../core/engine/onnxruntime/engine.ts'
import type { Engine } from '../../core/engine/types.ts'
import { loadCheckpoint, readCheckpointHeader, startCheckpoint } from '../../core/training/checkpoint.ts'
import { pauseSwitch } from '../../core/training/control.ts'
import { neededMemory } from '../../core/training/microBatchSize.ts'
import { networkOptions, withMicroBatch } from '../../core/training/recipe.ts'
import { train } from '../../core/training/train.ts'
import {
  eventsOf,
  lossesOf,
  smallRecipe,
  smallRun,
  statistics,
  syntheticItems,
  withMemoryFor,
} from './samples.ts'
import { buildNetwork } from '../../core/network/architectures/index.ts'
import { say } from '../say.ts'
import { english } from '../../core/messages/en/index.ts'
import { shown } from '../../core/messages/shown.ts'

describe('Training', () => {
  test('learns to tell the classes apart', async () => {
    const recipe = smallRecipe({ network: { batchNorm: true, dropout: 0 }, optimization: { epochs: 6 } })
    const result = await train(smallRun({ recipe }).input)
    expect(result.status).toBe('completed')
    expect(result.epochs[0]!.trainingLoss).toBeGreaterThan(0.5)
    expect(result.epochs.at(-1)!.trainingError).toBeLessThan(0.1)
    expect(result.validation!.top1Error).toBeLessThan(0.1)
  })

  test('tells what it does, from started to completed', async () => {
    const { input, events } = smallRun()
    const result = await train(input)
    const kinds = events.map(({ event }) => event)
    expect(kinds[0]).toBe('started')
    expect(kinds.at(-1)).toBe('completed')
    expect(events[0]).toEqual({
      event: 'started',
      engine: 'onnxruntime',
      device: 'cpu',
      precision: 'fp32',
      threads: { engine: 1, decode: 1 },
      batchSize: 16,
      microBatch: 8,
      images: { training: 40, validation: 12 },
      epochs: 2,
      position: { epoch: 0, step: 0 },
      secondsLeft: null,
    })
    expect(eventsOf(events, 'epoch').map(({ event: _, ...record }) => record)).toEqual(result.epochs)
    expect(JSON.parse(JSON.stringify(events))).toEqual(events)
  })

  test('reports each update with rate, error and progress', async () => {
    const { input, events } = smallRun()
    await train({ ...input, eventInterval: 0 })
    const steps = eventsOf(events, 'step')
    expect(steps.map(({ step, epoch, imagesDone }) => [step, epoch, imagesDone])).toEqual([
      [1, 1, 16],
      [2, 1, 32],
      [3, 1, 40],
      [4, 2, 16],
      [5, 2, 32],
      [6, 2, 40],
    ])
    for (const step of steps) {
      expect(step).toMatchObject({ phase: 'training', images: 40, epochs: 2, learningRate: 0.02 })
      expect(step.imagesPerSecond).toBeGreaterThan(0)
      expect(step.secondsLeft).toBeGreaterThan(0)
      expect(step.error).toBeGreaterThanOrEqual(0)
      expect(step.error).toBeLessThanOrEqual(1)
    }
    const validation = eventsOf(events, 'progress').filter(({ phase }) => phase === 'validation')
    expect(validation.map(({ imagesDone }) => imagesDone)).toEqual([0, 8, 12, 0, 8, 12])
    // All that is left is to save, which took as long at the end of the epoch before.
    const left = validation.map(({ secondsLeft }) => secondsLeft!)
    expect(left.at(-1)).toBeGreaterThan(0)
    expect(left.at(-1)).toBeLessThan(left.at(-2)!)
  })

  test('tells every update, however seldom it says how far it is', async () => {
    const { input, events } = smallRun()
    await train({ ...input, eventInterval: 1e9 })
    expect(eventsOf(events, 'step').map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6])
    expect(eventsOf(events, 'epoch')).toHaveLength(2)
    // Validations say that they begin.
    expect(eventsOf(events, 'progress').filter(({ imagesDone }) => imagesDone > 0)).toHaveLength(1)
  })

  test('records of each epoch the mean over its images', async () => {
    const { input, events } = smallRun()
    const { epochs } = await train(input)
    const losses = lossesOf(events)
    const mean = (first: number) =>
      (16 * losses.get(first)! + 16 * losses.get(first + 1)! + 8 * losses.get(first + 2)!) / 40
    expect(epochs.map(({ trainingLoss }) => trainingLoss)).toEqual([
      expect.closeTo(mean(1), 10),
      expect.closeTo(mean(4), 10),
    ])
    expect(epochs.map(({ epoch, learningRate }) => [epoch, learningRate])).toEqual([
      [1, 0.02],
      [2, 0.02],
    ])
    expect(epochs[0]!.dataWait).toBeCloseTo(0.005, 9)
    expect(epochs[0]!.imagesPerSecond).toBeGreaterThan(0)
  })

  test('gives the same losses again for the same recipe, and others for another seed', async () => {
    const losses = async (seed: number) => {
      const { input, events } = smallRun({ recipe: smallRecipe({ seed }) })
      await train(input)
      return [...lossesOf(events).values()]
    }
    const first = await losses(7)
    expect(await losses(7)).toEqual(first)
    expect(await losses(8)).not.toEqual(first)
  })

  test('does not depend on how a batch is cut into micro-batches, but for rounding', async () => {
    const losses = async (microBatch: number) => {
      const recipe = smallRecipe({ network: { dropout: 0 }, optimization: { microBatch } })
      const { input, events } = smallRun({ recipe })
      await train(input)
      return [...lossesOf(events).values()]
    }
    const whole = await losses(16)
    for (const microBatch of [1, 5, 8]) {
      const parts = await losses(microBatch)
      parts.forEach((loss, index) => expect(loss).toBeCloseTo(whole[index]!, 4))
    }
  })

  test('follows the schedule', async () => {
    const schedule = { kind: 'step', every: 1, factor: 2 } as const
    const { input, events } = smallRun({ recipe: smallRecipe({ optimization: { schedule } }) })
    const { epochs } = await train(input)
    expect(eventsOf(events, 'step').map(({ learningRate }) => learningRate)).toEqual([
      0.02, 0.02, 0.02, 0.01, 0.01, 0.01,
    ])
    expect(epochs.map(({ learningRate }) => learningRate)).toEqual([0.02, 0.01])
  })

  test('leaves frozen layers as they are', async () => {
    const recipe = smallRecipe({ optimization: { frozen: 'features', epochs: 1 } })
    const { input } = smallRun({ recipe })
    // Training takes the state that it starts from.
    const before = structuredClone(input.start.state.weights)
    const { checkpoints } = await train(input)
    const { weights } = (await loadCheckpoint(checkpoints.last)).state
    expect(weights.get('features.0.weight')).toEqual(before.get('features.0.weight'))
    expect(weights.get('classifier.0.weight')).not.toEqual(before.get('classifier.0.weight'))
  })

  test('weighs the classes of an imbalanced set evenly when asked to', async () => {
    const training = syntheticItems(30, 3).map((item, index) => ({
      ...item,
      label: index < 24 ? 0 : (index % 2) + 1,
    }))
    const firstLoss = async (classWeights: 'none' | 'balanced') => {
      const recipe = smallRecipe({
        network: { dropout: 0 },
        data: { classWeights },
        optimization: { batchSize: 30, microBatch: 15, epochs: 1 },
      })
      const { input, events } = smallRun({ recipe, training })
      // Logits (2, 0, 0) for every image: the losses per class are known.
      const weights = new Map(input.start.state.weights)
      const zero = weights.get('classifier.6.weight')!
      weights.set('classifier.6.weight', { ...zero, data: new Float32Array(zero.data.length) })
      weights.set('classifier.6.bias', { shape: [3], data: Float32Array.of(2, 0, 0) })
      await train({ ...input, start: { ...input.start, state: { weights, momentum: new Map() } } })
      return lossesOf(events).get(1)!
    }
    const [likely, unlikely] = [Math.log(1 + 2 * Math.exp(-2)), Math.log(2 + Math.exp(2))]
    expect(await firstLoss('none')).toBeCloseTo((24 * likely + 6 * unlikely) / 30, 5)
    expect(await firstLoss('balanced')).toBeCloseTo((likely + 2 * unlikely) / 3, 5)
  })

  test('measures top-5 error only where there are more than five classes', async () => {
    const recipe = smallRecipe({ optimization: { epochs: 1 } })
    const { validation: few } = await train(smallRun({ recipe, classes: 5 }).input)
    expect(few!.top5Error).toBeNull()
    const { validation: many } = await train(smallRun({ recipe, classes: 8 }).input)
    expect(many!.top5Error).toBeLessThanOrEqual(many!.top1Error)
  })

  test('does without validation images', async () => {
    const { input, events } = smallRun({ validation: [] })
    const result = await train(input)
    expect(result).toMatchObject({ status: 'completed', best: null, validation: null })
    expect(result.checkpoints.best).toBeNull()
    expect(result.epochs.map(({ validation }) => validation)).toEqual([null, null])
    expect(eventsOf(events, 'checkpoint').every(({ kind }) => kind === 'last')).toBe(true)
  })

  test('without training images is refused', async () => {
    await expect(train(smallRun({ training: [] }).input)).rejects.toMatchObject({ code: 'no-images' })
  })

  test('ends early when the validation error no longer falls', async () => {
    const recipe = smallRecipe({
      optimization: { epochs: 50, learningRate: 1e-12, weightDecay: 0, earlyStop: { patience: 2 } },
    })
    const result = await train(smallRun({ recipe }).input)
    expect(result).toMatchObject({ status: 'completed', stoppedEarly: true })
    expect(result.epochs).toHaveLength(3)
    expect(result.best!.epoch).toBe(1)
    const again = smallRun({ recipe })
    const start = await loadCheckpoint(result.checkpoints.last)
    expect(await train({ ...again.input, start })).toMatchObject({ stoppedEarly: true })
    expect(lossesOf(again.events).size).toBe(0)
  })
})

describe('Checkpoints', () => {
  test('are the last, the best, and those of every n-th epoch', async () => {
    const recipe = smallRecipe({ optimization: { epochs: 5 }, checkpoints: { every: 2 } })
    const { input, events } = smallRun({ recipe })
    const { checkpoints, best, epochs } = await train(input)
    expect(checkpoints.epochs.map((path) => path.split('/').at(-1))).toEqual([
      'epoch-2.safetensors',
      'epoch-4.safetensors',
    ])
    const header = await readCheckpointHeader(checkpoints.last)
    expect(header).toMatchObject({ position: { epoch: 5, imagesDone: 0, step: 15 }, best, epochs })
    const bestHeader = await readCheckpointHeader(checkpoints.best!)
    expect(bestHeader.position.epoch).toBe(best!.epoch)
    const lowest = Math.min(...epochs.map(({ validation }) => validation!.top1Error))
    expect(best!.top1Error).toBe(lowest)
    const saved = eventsOf(events, 'checkpoint')
    expect(saved.filter(({ kind }) => kind === 'last').map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5])
    expect(saved.filter(({ kind }) => kind === 'epoch').map(({ epoch }) => epoch)).toEqual([2, 4])
    for (const { bytes } of saved) expect(bytes).toBeGreaterThan(100_000)
  })

  test('suffice to know what was trained, and how to prepare an image for it', async () => {
    const { input } = smallRun()
    const { checkpoints } = await train(input)
    expect(await readCheckpointHeader(checkpoints.last)).toMatchObject({
      recipe: input.start.recipe,
      network: { config: 'A', classes: 3, crop: 32 },
      classes: ['class-0', 'class-1', 'class-2'],
      normalization: { mean: statistics.mean, std: statistics.std },
      statistics,
      microBatch: 8,
      threads: { engine: 1, decode: 1 },
      execution: { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' },
    })
  })

  test('are written within an epoch when the time has come', async () => {
    const recipe = smallRecipe({ checkpoints: { minutes: 1e-9 } })
    const { input, events } = smallRun({ recipe })
    await train(input)
    const steps = eventsOf(events, 'checkpoint').flatMap(({ kind, step }) => (kind === 'last' ? [step] : []))
    expect(steps).toEqual([1, 2, 3, 3, 4, 5, 6, 6])
  })

  test('are not begun where the disk has no room', async () => {
    const recipe = smallRecipe({ optimization: { epochs: 1e6 }, checkpoints: { every: 1 } })
    // A million checkpoints of 1 MB.
    await expect(train(smallRun({ recipe }).input)).rejects.toMatchObject({ code: 'disk-full' })
  })
})

describe('A run that is told to stop', () => {
  test('finishes the update, saves, and ends as stopped', async () => {
    const { input, events } = smallRun()
    const stop = new AbortController()
    const result = await train({
      ...input,
      signals: { stop: stop.signal },
      emit: (event) => {
        input.emit(event)
        if (event.event === 'step' && event.step === 2) stop.abort()
      },
    })
    expect(result).toMatchObject({ status: 'stopped', epochs: [] })
    expect(lossesOf(events).size).toBe(2)
    expect(events.at(-1)!.event).toBe('stopped')
    const { position } = await readCheckpointHeader(result.checkpoints.last)
    expect(position).toEqual({ epoch: 0, imagesDone: 32, step: 2 })
  })

  test('while it validates, saves that the epoch’s training is done, and continues with validation', async () => {
    const { input, events } = smallRun()
    const stop = new AbortController()
    const { status, checkpoints } = await train({
      ...input,
      eventInterval: 0,
      signals: { stop: stop.signal },
      emit: (event) => {
        input.emit(event)
        if (event.event === 'progress' && event.phase === 'validation') stop.abort()
      },
    })
    expect(status).toBe('stopped')
    const start = await loadCheckpoint(checkpoints.last)
    expect(start.position).toEqual({ epoch: 0, imagesDone: 40, step: 3 })
    const resumed = await train({ ...input, start })
    const { input: whole } = smallRun()
    expect(withoutTimes(resumed.epochs)).toEqual(withoutTimes((await train(whole)).epochs))
    expect([...lossesOf(events).keys()]).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('before it began, saves the beginning', async () => {
    const { input } = smallRun()
    const { status, checkpoints } = await train({ ...input, signals: { stop: AbortSignal.abort() } })
    expect(status).toBe('stopped')
    expect((await readCheckpointHeader(checkpoints.last)).position.step).toBe(0)
  })
})

const withoutTimes = (epochs: readonly object[]) =>
  epochs.map((record) => ({ ...record, seconds: 0, imagesPerSecond: 0, dataWait: 0 }))

describe('A run that is paused', () => {
  test('saves, waits, and continues as if nothing had happened', async () => {
    const pause = pauseSwitch()
    const { input, events } = smallRun()
    await train({
      ...input,
      signals: { pause },
      emit: (event) => {
        input.emit(event)
        if (event.event === 'step' && event.step === 2) pause.pause()
        if (event.event === 'paused') setTimeout(() => pause.resume(), 50)
      },
    })
    const kinds = events.map(({ event }) => event).filter((kind) => kind !== 'progress')
    const at = kinds.indexOf('paused')
    expect(kinds.slice(at - 2, at + 3)).toEqual(['step', 'checkpoint', 'paused', 'resumed', 'step'])
    const other = smallRun()
    await train(other.input)
    expect(lossesOf(events)).toEqual(lossesOf(other.events))
  })

  test('can be stopped', async () => {
    const pause = pauseSwitch()
    const stop = new AbortController()
    const { input } = smallRun()
    pause.pause()
    const { status } = await train({
      ...input,
      signals: { pause, stop: stop.signal },
      emit: (event) => {
        if (event.event === 'paused') setTimeout(() => stop.abort(), 20)
      },
    })
    expect(status).toBe('stopped')
  })
})

describe('A micro-batch that was asked for', () => {
  const recipe = smallRecipe({ network: { fcWidth: 1024 }, optimization: { batchSize: 32, microBatch: 32 } })
  const needed = (images: number): number => {
    const network = buildNetwork(networkOptions(recipe, 3))
    return neededMemory(network, images, 32, { engine: onnxruntimeEngine, available: 0 }).total
  }

  test('is lowered with a notice where it is beyond what is available, and the recipe says so', async () => {
    const { input, events } = smallRun({ recipe })
    const { checkpoints } = await train({ ...input, memory: needed(32) - 1 })
    const [started] = eventsOf(events, 'started')
    const { microBatch } = started!
    expect(microBatch).toBeLessThan(32)
    const [notice] = shown(eventsOf(events, 'warning'), english)
    expect(notice).toMatchObject({
      code: 'micro-batch-lowered',
      message: expect.stringMatching(
        new RegExp(
          `^Training with 32 images at a time, as asked, .* training starts with ${microBatch} at a time`,
        ),
      ),
    })
    const header = await readCheckpointHeader(checkpoints.last)
    expect(header.microBatch).toBe(microBatch)
    expect(header.recipe).toEqual(withMicroBatch(recipe, microBatch))

    const again = smallRun({ recipe: header.recipe })
    await train(again.input)
    expect(lossesOf(again.events)).toEqual(lossesOf(events))
  })

  test('is taken with a warning where it only leaves too little beside it', async () => {
    const { input, events } = smallRun({ recipe })
    await train({ ...input, memory: needed(32) })
    expect(eventsOf(events, 'started')[0]!.microBatch).toBe(32)
    expect(eventsOf(events, 'warning').map(({ code }) => code)).toEqual(['low-memory'])
  })

  test('is tried as one image where not even that fits, with a warning', async () => {
    const { input, events } = smallRun({ recipe })
    await train({ ...input, memory: 1e6 })
    expect(eventsOf(events, 'started')[0]!.microBatch).toBe(1)
    expect(eventsOf(events, 'warning').map(({ code }) => code)).toEqual(['micro-batch-lowered', 'low-memory'])
  })
})

describe('When memory runs out', () => {
  test('before the first update, the recipe says the half, and repeats the run exactly', async () => {
    const { input, events } = smallRun({ recipe: smallRecipe({ network: { batchNorm: true } }) })
    const { checkpoints } = await train({ ...input, engine: withMemoryFor(4) })
    expect(shown(eventsOf(events, 'warning')[0], english)).toMatchObject({
      code: 'micro-batch-halved',
      microBatch: 4,
      step: 0,
      hint: expect.stringContaining('recipe says 4'),
    })
    const { recipe } = await readCheckpointHeader(checkpoints.last)
    expect(recipe.optimization.microBatch).toBe(4)
    const again = smallRun({ recipe })
    await train(again.input)
    expect(lossesOf(again.events)).toEqual(lossesOf(events))
  })

  test('after an update, the recipe keeps what that was made with, and the header says what is now', async () => {
    const { input, events } = smallRun()
    // Two micro-batches of eight make the first update.
    const { checkpoints } = await train({ ...input, engine: withMemoryFor(4, 2) })
    expect(shown(eventsOf(events, 'warning'), english)).toMatchObject([
      {
        code: 'micro-batch-halved',
        microBatch: 4,
        step: 1,
        message: expect.stringContaining('after update 1 training continues with 4'),
        hint: expect.stringContaining('will not give the same losses'),
      },
    ])
    const header = await readCheckpointHeader(checkpoints.last)
    expect([header.recipe.optimization.microBatch, header.microBatch]).toEqual([8, 4])
  })

  test('the micro-batch is halved with a notice, and the update done again', async () => {
    const recipe = smallRecipe({ network: { dropout: 0 }, optimization: { microBatch: 16 } })
    const { input, events } = smallRun({ recipe })
    const { checkpoints } = await train({ ...input, engine: withMemoryFor(4, 3) })
    const warnings = eventsOf(events, 'warning')
    expect(warnings.map(({ code }) => code)).toEqual(['micro-batch-halved', 'micro-batch-halved'])
    expect(say(warnings[1]!)).toContain('continues with 4')
    expect((await readCheckpointHeader(checkpoints.last)).microBatch).toBe(4)
    const plain = smallRun({ recipe })
    await train(plain.input)
    const expected = lossesOf(plain.events)
    for (const [step, loss] of lossesOf(events)) expect(loss).toBeCloseTo(expected.get(step)!, 4)
  })

  test('it is the same where JavaScript gets no memory, not the engine', async () => {
    const { input, events } = smallRun()
    const exhausted = (): Error => new RangeError('WebAssembly.Memory(): could not allocate memory')
    await train({ ...input, engine: withMemoryFor(4, 3, exhausted) })
    expect(eventsOf(events, 'warning').map(({ code }) => code)).toEqual(['micro-batch-halved'])
  })

  test('in the middle of an update, batch normalization has seen nothing twice', async () => {
    const recipe = (microBatch: number) =>
      smallRecipe({
        network: { batchNorm: true, dropout: 0 },
        optimization: { microBatch, epochs: 1 },
      })
    const { input, events } = smallRun({ recipe: recipe(8) })
    // The first eight images of the first update still go through, then four at a time do.
    const { checkpoints } = await train({ ...input, engine: withMemoryFor(4, 1) })
    expect(eventsOf(events, 'warning').map(({ code }) => code)).toEqual(['micro-batch-halved'])
    const plain = await train(smallRun({ recipe: recipe(4) }).input)
    const [found, expected] = [
      await loadCheckpoint(checkpoints.last),
      await loadCheckpoint(plain.checkpoints.last),
    ]
    expect(found.state.weights.get('features.1.running_mean')!.data.some((value) => value !== 0)).toBe(true)
    expect(found.state).toEqual(expected.state)
  })

  test('and is not even enough for a new trainer, the run ends and says that', async () => {
    const { input } = smallRun()
    const engine = withMemoryFor(4)
    let opened = 0
    let disposed = 0
    const cramped: Engine = {
      ...engine,
      async trainer(...args) {
        if (++opened > 1) throw new RangeError('WebAssembly.Memory(): could not allocate memory')
        const trainer = await engine.trainer(...args)
        return { ...trainer, dispose: () => (disposed++, trainer.dispose()) }
      },
    }
    await expect(train({ ...input, engine: cramped })).rejects.toThrow('could not allocate memory')
    expect(disposed).toBe(1)
  })

  test('with one image at a time, the run ends and says what to make smaller', async () => {
    const { input } = smallRun()
    await expect(train({ ...input, engine: withMemoryFor(0) })).rejects.toMatchObject({
      code: 'out-of-memory',
      hint: expect.stringContaining('data.crop'),
    })
  })
})

describe('Trouble', () => {
  test('that makes the loss infinite ends the run with advice, and leaves the last checkpoint', async () => {
    const recipe = smallRecipe({
      optimization: { learningRate: 1e6, epochs: 5 },
      checkpoints: { minutes: 1e-9 },
    })
    const { input, events } = smallRun({ recipe })
    await expect(train(input)).rejects.toMatchObject({
      code: 'diverged',
      // The usual rate, which works: a tenth of this one would not.
      hint: expect.stringContaining('optimization.learningRate=0.01'),
    })
    const last = eventsOf(events, 'checkpoint').at(-1)!
    expect(existsSync(last.path)).toBe(true)
    await expect(loadCheckpoint(last.path)).resolves.toBeDefined()
  })

  test('of a loss that stays at ln K is warned of once', async () => {
    const recipe = smallRecipe({ optimization: { epochs: 12, learningRate: 1e-9, weightDecay: 0 } })
    const { input, events } = smallRun({ recipe })
    const weights = new Map(
      [...input.start.state.weights].map(([name, { shape, data }]) => [
        name,
        { shape, data: new Float32Array(data.length) },
      ]),
    )
    await train({ ...input, start: { ...input.start, state: { weights, momentum: new Map() } } })
    expect(eventsOf(events, 'warning').map(({ code }) => code)).toEqual(['stuck-at-chance'])
  })

  test('with single images leaves them out and names each once', async () => {
    const training = syntheticItems(40, 3).map((item, index) =>
      index % 10 === 0 ? { ...item, path: `broken-${index}` } : item,
    )
    const validation = [...syntheticItems(6, 3), { path: 'broken-validation', label: 0 }]
    const { input, events } = smallRun({ training, validation })
    const { epochs } = await train(input)
    const warnings = eventsOf(events, 'warning')
    expect(warnings.map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => 'unreadable-image'))
    expect(warnings.map((warning) => /broken-\w+/.exec(say(warning))![0]).sort()).toEqual([
      'broken-0',
      'broken-10',
      'broken-20',
      'broken-30',
      'broken-validation',
    ])
    expect((epochs[0]!.validation!.top1Error * 6) % 1).toBeCloseTo(0, 9)
    expect((epochs[0]!.trainingError * 36) % 1).toBeCloseTo(0, 9)
  })

  test('with all images of a batch ends the run', async () => {
    const training = syntheticItems(20, 3, 'broken')
    await expect(train(smallRun({ training }).input)).rejects.toMatchObject({
      code: 'unreadable-images',
      message: expect.stringContaining('for example broken-'),
    })
  })

  test('with other images than the run was started with is refused', async () => {
    const { input } = smallRun()
    const { checkpoints } = await train(input)
    const start = await loadCheckpoint(checkpoints.last)
    await expect(train({ ...input, start, training: syntheticItems(41, 3) })).rejects.toMatchObject({
      code: 'dataset-changed',
    })
    const relabelled = input.training.map((item, index) => (index === 5 ? { ...item, label: 0 } : item))
    await expect(train({ ...input, start, training: relabelled })).rejects.toMatchObject({
      code: 'dataset-changed',
    })
  })

  test('of another device going on with a run is warned of', async () => {
    const { input } = smallRun()
    const start = startCheckpoint({ recipe: input.start.recipe, classes: input.start.classes, statistics })
    const execution = {
      engine: 'tensorflow',
      engineVersion: '2.20',
      device: 'cpu',
      precision: 'bf16',
    } as const
    const { input: other, events } = smallRun()
    await train({ ...other, start: { ...start, execution } })
    expect(eventsOf(events, 'warning').map(({ code }) => code)).toEqual(['other-device'])
    rmSync(other.folder, { recursive: true })
  })
})
