import { expect, test } from 'vitest'
import { billions, millions } from '../../renderer/logic/complexity.ts'
import { niceTicks, scatter, type ScatterPoint } from '../../renderer/logic/scatter.ts'

const frame = { width: 640, height: 400, logarithmic: false, range: [0, 100] as const }
const points: readonly ScatterPoint[] = [
  { key: 'small', x: 1.8, y: 30, area: 11e6, label: 'ResNet-18' },
  { key: 'large', x: 15.5, y: 27, area: 138e6, label: 'VGG D' },
  { key: 'bare', x: 3.9, y: null, area: 25e6, label: 'ResNet-50' },
]
const of = (key: string, logarithmic = false) =>
  scatter(points, { ...frame, logarithmic }).circles.find((circle) => circle.key === key)!

test('areas are in proportion to the third quantity, and small circles lie on top', () => {
  expect((of('large').r / of('small').r) ** 2).toBeCloseTo(138 / 11, 6)
  expect(scatter(points, frame).circles.map(({ key }) => key)).toEqual(['large', 'bare', 'small'])
  const { sizes } = scatter(points, frame)
  for (const { area, r } of sizes) expect((r / of('large').r) ** 2).toBeCloseTo(area / 138e6, 6)
})

test('more operations are further right, more error is further up, and ticks lie where their values do', () => {
  for (const logarithmic of [false, true]) {
    expect(of('large', logarithmic).cx).toBeGreaterThan(of('bare', logarithmic).cx)
    expect(of('bare', logarithmic).cx).toBeGreaterThan(of('small', logarithmic).cx)
  }
  expect(of('small').cy).toBeLessThan(of('large').cy)
  const { xTicks, yTicks, plot } = scatter([...points, { ...points[0]!, key: 'tick', x: 10, y: 28 }], frame)
  const tick = scatter([...points, { ...points[0]!, key: 'tick', x: 10, y: 28 }], frame).circles.find(
    ({ key }) => key === 'tick',
  )!
  expect(xTicks.find(({ value }) => value === 10)!.at).toBeCloseTo(tick.cx)
  expect(yTicks.find(({ value }) => value === 28)!.at).toBeCloseTo(tick.cy)
  expect(yTicks.every(({ at }) => at >= plot.top && at <= plot.bottom)).toBe(true)
})

test('what has no error stands on a strip below, at its operations', () => {
  const { strip, plot } = scatter(points, frame)
  expect(strip!.top).toBeGreaterThan(plot.bottom)
  expect(of('bare').cy - of('bare').r).toBeGreaterThanOrEqual(strip!.top)
  expect(of('bare').cy + of('bare').r).toBeLessThanOrEqual(strip!.bottom)
  expect(scatter(points.slice(0, 2), frame).strip).toBeNull()
  expect(scatter([points[2]!], frame)).toMatchObject({ yTicks: [], strip: { top: 12 } })
})

test('labels cover no other label, stand at the end of a line in a crowd, and are left out where there is no room', () => {
  const crowd = Array.from({ length: 30 }, (_, index) => ({
    ...points[0]!,
    key: String(index),
    x: 2 + index / 90,
  }))
  const { circles } = scatter(crowd, frame)
  const shown = circles.filter(({ label }) => label !== null)
  expect(shown.length).toBeGreaterThan(0)
  expect(shown.length).toBeLessThan(30)
  const far = shown.filter(({ label }) => label!.leader !== null)
  expect(far.length).toBeGreaterThan(0)
  for (const { cx, cy, r, label } of far) {
    expect(Math.hypot(label!.leader!.x - cx, label!.leader!.y - cy)).toBeCloseTo(r)
    expect(Math.abs(label!.y - cy)).toBeGreaterThan(r)
  }
  expect(scatter(points, frame).circles.every(({ label }) => label !== null)).toBe(true)
})

test('labels of points beside each other leave a gap', () => {
  const near = ['VGG D', 'VGG E', 'ResNet-50', 'ResNet-101', 'GoogLeNet'].map((label, index) => ({
    key: label,
    x: 15 + index / 8,
    y: 27 + index / 4,
    area: 140e6 - 30e6 * index,
    label,
  }))
  const right = { ...near[0]!, key: 'VGG A', label: 'VGG A', x: 30, y: 31 }
  const { circles } = scatter([right, ...near], frame)
  const boxes = circles.map(({ key, label }) => {
    const width = 7 * key.length
    const left = { start: label!.x, middle: label!.x - width / 2, end: label!.x - width }[label!.anchor]
    return { left, right: left + width, y: label!.y }
  })
  boxes.forEach((one, index) =>
    boxes.slice(index + 1).forEach((other) => {
      const isBeside = one.right + 4 < other.left || other.right + 4 < one.left
      expect(isBeside || Math.abs(one.y - other.y) >= 16).toBe(true)
    }),
  )
  // A circle that is hardly seen, with nothing around it, has its label right beside it.
  const tiny = scatter([points[1]!, { key: 'tiny', x: 2, y: 60, area: 1e4, label: 'tiny' }], frame)
  expect(tiny.circles.map(({ label }) => label?.leader)).toEqual([null, null])
})

test('one point, or none, has axes too', () => {
  expect(scatter([points[0]!], frame).circles[0]!.cx).toBeGreaterThan(56)
  for (const { cx, cy } of scatter([points[0]!], { ...frame, logarithmic: true }).circles) {
    expect(Number.isFinite(cx) && Number.isFinite(cy)).toBe(true)
  }
  expect(scatter([], frame).circles).toEqual([])
})

test('ticks are round', () => {
  expect(niceTicks(0, 16.4, 5)).toEqual([0, 5, 10, 15])
  expect(niceTicks(24.2, 30.4, 5)).toEqual([26, 28, 30])
  expect(niceTicks(0, 0.031, 5)).toEqual([0, 0.01, 0.02, 0.03])
  expect(niceTicks(1, 1, 5)).toEqual([])
})

test('operations and parameters are told in the units of papers, and small ones are not rounded to nothing', () => {
  expect(billions(15_470_264_320)).toBe('15.470')
  expect(billions(461_824)).toBe('0.000462')
  expect(millions(138_357_544)).toBe('138.36')
  expect(millions(31_234)).toBe('0.0312')
})
