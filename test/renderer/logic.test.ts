import { describe, expect, it } from 'vitest'
import {
  classOrder,
  greatestShown,
  pairs,
  shownValue,
  strengthOf,
  totalsOf,
  withErrors,
} from '../../renderer/logic/confusion.ts'
import { aligned, noSteps, smoothed, valueAt, withStep } from '../../renderer/logic/curves.ts'
import { eventParser } from '../../renderer/logic/eventParser.ts'
import { gridLayout, pagesOf, visibleRows } from '../../renderer/logic/paging.ts'
import { lineOf, settingFor, valueOf } from '../../renderer/logic/recipeFields.ts'
import { robustRange } from '../../renderer/logic/robustRange.ts'
import { link, mergeQuery, parseRoute } from '../../renderer/logic/route.ts'
import {
  settingAt,
  flatSettings,
  overlaid,
  withSetting,
  settingCount,
} from '../../renderer/logic/settings.ts'

describe('addresses', () => {
  it('name every view', () => {
    expect(parseRoute('/')).toEqual({ view: 'data' })
    expect(parseRoute('/data/d12')).toEqual({ view: 'dataset', dataset: 'd12' })
    expect(parseRoute('/runs/new')).toEqual({ view: 'new-run' })
    expect(parseRoute('/runs/r3/')).toEqual({ view: 'run', run: 'r3' })
    expect(parseRoute('/evaluations/e1')).toEqual({ view: 'evaluation', evaluation: 'e1' })
    expect(parseRoute('/runs/d3')).toEqual({ view: 'not-found' })
    expect(parseRoute('/data/d1/x')).toEqual({ view: 'not-found' })
  })

  it('carry filters, and leave out what is empty', () => {
    expect(link('/runs', { search: 'a b', tag: '' })).toBe('/runs?search=a+b')
    expect(mergeQuery(new URLSearchParams('a=1&b=2'), { a: undefined, c: 0 }).toString()).toBe('b=2&c=0')
  })
})

describe('the range of a curve', () => {
  it('is all of it, as long as nothing flattens the rest', () => {
    expect(robustRange([2.3, 1.9, null, 1.2, 0.4])).toEqual([0.4, 2.3])
    const falling = Array.from({ length: 200 }, (_, index) => 4 * Math.exp(-index / 40))
    expect(robustRange(falling)![1]).toBe(4)
    expect(robustRange([1, 1, 1, 1, 1])).toEqual([1, 1])
    expect(robustRange([null, undefined, NaN])).toBeNull()
  })

  it('leaves out one value far away, and those of a training that diverges', () => {
    const calm = Array.from({ length: 60 }, (_, index) => 2 + Math.sin(index) / 2)
    const [low, high] = robustRange([...calm.slice(0, 30), 80, ...calm.slice(30)])!
    expect([low > 1, high < 4]).toEqual([true, true])
    expect(robustRange([...calm, -80])![0]).toBeGreaterThan(1)
    expect(robustRange([1.8, 2.1, 1e9, 9e32])![1]).toBeLessThan(4)
  })
})

describe('a smoothed curve', () => {
  it('begins at its first value, is not pulled to zero, and keeps its gaps', () => {
    expect(smoothed([5, 5, undefined, 5])).toEqual([5, expect.closeTo(5), undefined, expect.closeTo(5)])
    const [, second] = smoothed([0, 1], 0.9)
    expect(second).toBeCloseTo(0.1 / 0.19)
  })
})

describe('settings of a recipe', () => {
  const preset = {
    data: { crop: 64, scale: '72-96' },
    optimization: { schedule: { kind: 'cosine', warmup: null } },
  }

  it('are put into a copy, and taken out with the groups that they leave empty', () => {
    const changed = withSetting({}, 'data.crop', 32)
    expect(changed).toEqual({ data: { crop: 32 } })
    expect(withSetting(changed, 'data.crop', undefined)).toEqual({})
    expect(withSetting({ seed: 1, data: { crop: 3, flip: true } }, 'data.crop', undefined)).toEqual({
      seed: 1,
      data: { flip: true },
    })
  })

  it('are laid over a preset', () => {
    expect(overlaid(preset, { data: { scale: { min: 70, max: 80 } } })).toEqual({
      ...preset,
      data: { crop: 64, scale: { min: 70, max: 80 } },
    })
  })

  it('keep nothing of another schedule, but do of another initialization', () => {
    expect(
      settingAt(overlaid(preset, { optimization: { schedule: { kind: 'step' } } }), 'optimization.schedule'),
    ).toEqual({ kind: 'step' })
    const initialization = { kind: 'he', from: { run: 'r1' } }
    expect(
      settingAt(
        overlaid({ initialization }, { initialization: { kind: 'paper' } }),
        'initialization.from.run',
      ),
    ).toBe('r1')
  })

  it('are counted and listed one by one', () => {
    expect(settingCount({ data: { crop: 1, scale: { min: 1, max: 2 } }, seed: 0 })).toBe(4)
    expect(flatSettings({ data: { crop: 1 }, seed: null })).toEqual([
      ['data.crop', 1],
      ['seed', null],
    ])
  })
})

describe('live curves', () => {
  const event = (step: number) =>
    ({
      event: 'step',
      step,
      epoch: 2,
      epochs: 3,
      phase: 'training',
      imagesDone: 50,
      images: 100,
      imagesPerSecond: 10,
      dataWait: 0,
      secondsLeft: null,
      loss: 1 / step,
      error: 0.5,
      learningRate: 0.1,
      memory: { process: 1e9, device: null },
    }) as const

  it('grow by each new update, and by none that is known', () => {
    const once = withStep(noSteps, event(1))
    expect(once.epoch).toEqual([1.5])
    expect(withStep(once, event(1))).toBe(once)
    expect(withStep(once, event(2)).loss).toEqual([1, 0.5])
  })

  it('stay bounded, and keep the lowest loss', () => {
    let steps = withStep(noSteps, { ...event(1), loss: -3 })
    for (let step = 2; step < 9000; step++) steps = withStep(steps, event(step))
    expect(steps.step.length).toBeLessThanOrEqual(6000)
    expect(Math.min(...steps.loss)).toBe(-3)
    expect(steps.step.at(-1)).toBe(8999)
  }, 20_000)

  it('share an axis with the epochs, without inventing points', () => {
    const { x, y } = aligned([
      { x: [0.5, 1, 1.5], y: [3, 2, 1] },
      { x: [1, 2], y: [9, 8] },
    ])
    expect(x).toEqual([0.5, 1, 1.5, 2])
    expect(y).toEqual([
      [3, 2, 1, undefined],
      [undefined, 9, undefined, 8],
    ])
    expect(valueAt(y[1]!, 2)).toBe(9)
    expect(valueAt(y[1]!, 0)).toBeUndefined()
  })
})

describe('the confusion matrix', () => {
  const confusion = [
    [5, 0, 3],
    [0, 9, 0],
    [4, 0, 1],
  ]

  it('is ordered by errors, size and what is confused', () => {
    expect(classOrder(confusion, 'name')).toEqual([0, 1, 2])
    expect(classOrder(confusion, 'errors')).toEqual([2, 0, 1])
    expect(classOrder(confusion, 'size')).toEqual([1, 0, 2])
    expect(classOrder(confusion, 'similar')).toEqual([2, 0, 1])
  })

  it('can leave out classes without errors, and lists pairs', () => {
    expect(withErrors(confusion, [0, 1, 2])).toEqual([0, 2])
    expect(
      withErrors(
        [
          [1, 0],
          [0, 1],
        ],
        [1, 0],
      ),
    ).toEqual([1, 0])
    expect(pairs(confusion)).toEqual([
      { truth: 2, predicted: 0, count: 4, share: 0.8 },
      { truth: 0, predicted: 2, count: 3, share: 0.375 },
    ])
  })
})

describe('what the confusion matrix shows', () => {
  const confusion = [
    [16, 4, 0],
    [0, 2, 5],
    [0, 0, 0],
  ]
  const totals = totalsOf(confusion)
  const at = (truth: number, predicted: number) => ({ truth, predicted })

  it('is a count, or a share of the row or of the column', () => {
    expect(totals).toEqual({ rows: [20, 7, 0], columns: [16, 6, 5] })
    expect(shownValue(4, totals, 'counts', at(0, 1))).toBe(4)
    expect(shownValue(4, totals, 'row', at(0, 1))).toBe(0.2)
    expect(shownValue(4, totals, 'column', at(0, 1))).toBeCloseTo(4 / 6)
    expect(shownValue(0, totals, 'row', at(2, 2))).toBe(0)
  })

  it('has the color of what is shown: 71% is stronger than 20%, whatever their counts', () => {
    expect(greatestShown(confusion, totals, 'counts', false)).toBe(16)
    expect(greatestShown(confusion, totals, 'counts', true)).toBe(5)
    const greatest = greatestShown(confusion, totals, 'row', true)
    expect(greatest).toBeCloseTo(5 / 7)
    const strength = (truth: number, predicted: number): number =>
      strengthOf(shownValue(confusion[truth]![predicted]!, totals, 'row', at(truth, predicted)), greatest)
    expect(strength(1, 2)).toBe(1)
    expect(strength(0, 1)).toBeCloseTo(Math.sqrt(0.2 / (5 / 7)))
    expect(strengthOf(0, 0)).toBe(0)
  })
})

describe('long lists', () => {
  it('ask only for the pages in sight', () => {
    const layout = gridLayout(1000, 50_000, 112)
    expect(layout.columns).toBe(8)
    expect(layout.rows).toBe(6250)
    const rows = visibleRows({ rows: layout.rows, rowHeight: layout.cell }, 100_000, 800)
    expect(rows.last - rows.first).toBeLessThan(14)
    expect(pagesOf(rows.first * 8, rows.last * 8 + 7, 200)).toEqual([31, 32])
    expect(pagesOf(0, -1, 200)).toEqual([])
  })
})

describe('server-sent events', () => {
  it('are cut at blank lines, wherever the chunks end', () => {
    const feed = eventParser()
    expect(feed('id: 1\ndata: {"a"')).toEqual([])
    expect(feed(': 1}\n\n: still here\n\ndata: x\ndata: y\n\nid:')).toEqual([
      { id: '1', data: '{"a": 1}' },
      { id: undefined, data: 'x\ny' },
    ])
    expect(feed(' 2\r\ndata: z\r\n\r\n')).toEqual([{ id: '2', data: 'z' }])
  })
})

describe('fields of a recipe', () => {
  it('stand for settings, some for the group that they are all of', () => {
    expect(settingFor('data.crop', 64)).toEqual(['data.crop', 64])
    expect(settingFor('optimization.earlyStop.patience', null)).toEqual(['optimization.earlyStop', null])
    expect(settingFor('optimization.earlyStop.patience', 3)).toEqual([
      'optimization.earlyStop',
      { patience: 3 },
    ])
    expect(settingFor('optimization.schedule.warmup.epochs', 0.5)).toEqual([
      'optimization.schedule.warmup',
      { epochs: 0.5 },
    ])
    expect(settingFor('optimization.schedule.kind', 'step')).toEqual([
      'optimization.schedule',
      { kind: 'step' },
    ])
  })

  it('write names and factors as a line, and read them again', () => {
    const factors = { features: 0.1, 'classifier.0': 2 }
    expect(lineOf(factors)).toBe('features=0.1, classifier.0=2')
    expect(valueOf('factors', ' features = 0.1,classifier.0=2, ')).toEqual(factors)
    expect(valueOf('factors', 'features')).toEqual({ features: '' })
    expect(lineOf(['features', 'classifier.0'])).toBe('features, classifier.0')
    expect(valueOf('names', 'features,, classifier.0')).toEqual(['features', 'classifier.0'])
    expect([valueOf('names', ' , '), lineOf({}), lineOf(null)]).toEqual([undefined, '', ''])
  })
})
