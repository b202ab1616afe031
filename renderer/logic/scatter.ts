/** A drawing of points whose area is a third quantity: where everything lies, in pixels. Nothing here draws. */

export interface ScatterPoint {
  readonly key: string
  /** > 0 where the axis is logarithmic. */
  readonly x: number
  /** Null: the point stands on the strip below the others. */
  readonly y: number | null
  /** Its circle’s area is in proportion to it. */
  readonly area: number
  readonly label: string
}

export interface Frame {
  /** Least and greatest that y can be. */
  readonly range: readonly [number, number]
  readonly width: number
  readonly height: number
  readonly logarithmic: boolean
}

export interface Circle {
  readonly key: string
  readonly cx: number
  readonly cy: number
  readonly r: number
  /** Where its label begins, at the middle of the letters; null where there is no room. */
  readonly label: {
    readonly x: number
    readonly y: number
    readonly anchor: 'start' | 'end' | 'middle'
    /** Where a line from it meets the circle; null for a label right beside it. */
    readonly leader: { readonly x: number; readonly y: number } | null
  } | null
}

export interface Tick {
  readonly value: number
  readonly at: number
}

export interface Scatter {
  /** The largest first, so that small ones lie on top. */
  readonly circles: readonly Circle[]
  readonly xTicks: readonly Tick[]
  readonly yTicks: readonly Tick[]
  /** Sizes for a key. */
  readonly sizes: readonly { readonly area: number; readonly r: number }[]
  readonly plot: Box
  /** Where points without a y stand; null where all have one. */
  readonly strip: Box | null
}

export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

const margin = { left: 56, right: 16, top: 12, bottom: 44 }
const largestRadius = 30
const stripHeight = 2 * largestRadius + 12
/** Letters of labels, 12 pixels high: their widths at most, and what stays free around a label. */
const letter = { capital: 9, other: 7 }
const gap = { x: 5, y: 2 }
/** Smaller circles are seen as if they had it. */
const leastRadius = 3
/** How far above or below its circle a label may stand, at the end of a line, where there is no room beside it. */
const farther = [16, 30, 44, 58]

export function scatter(
  points: readonly ScatterPoint[],
  { width, height, logarithmic, range }: Frame,
): Scatter {
  const measured = points.flatMap(({ y }) => (y === null ? [] : [y]))
  const hasStrip = measured.length < points.length
  const stripTop = height - margin.bottom - (hasStrip ? stripHeight : 0)
  const plot: Box = {
    left: margin.left,
    top: margin.top,
    right: width - margin.right,
    // Without any y all of it is strip.
    bottom: measured.length === 0 ? margin.top : stripTop - (hasStrip ? 10 : 0),
  }
  const strip: Box | null = hasStrip
    ? { ...plot, top: measured.length === 0 ? margin.top : stripTop, bottom: height - margin.bottom }
    : null
  const xAxis = logarithmic ? logAxis(points.map(({ x }) => x)) : linearAxis([0, ...points.map(({ x }) => x)])
  const yAxis = linearAxis(measured, 0.12, range)
  // Large circles at the end stay whole.
  const px = (x: number): number => plot.left + xAxis.part(x) * (plot.right - plot.left - largestRadius / 2)
  const py = (y: number): number => plot.bottom - yAxis.part(y) * (plot.bottom - plot.top)
  const most = Math.max(...points.map(({ area }) => area))
  const radius = (area: number): number => largestRadius * Math.sqrt(area / most)
  const placed = points
    .map((point) => ({
      ...point,
      cx: px(point.x),
      cy: point.y === null ? (strip!.top + strip!.bottom) / 2 : py(point.y),
      r: radius(point.area),
    }))
    .sort((a, b) => b.r - a.r)
  return {
    circles: labelled(placed, { ...plot, bottom: strip?.bottom ?? plot.bottom }),
    xTicks: xAxis.ticks.map((value) => ({ value, at: px(value) })),
    yTicks: measured.length === 0 ? [] : yAxis.ticks.map((value) => ({ value, at: py(value) })),
    sizes: keySizes(most).map((area) => ({ area, r: radius(area) })),
    plot,
    strip,
  }
}

interface Axis {
  readonly ticks: readonly number[]
  /** 0 at its start, 1 at its end. */
  readonly part: (value: number) => number
}

function linearAxis(
  values: readonly number[],
  padding = 0.06,
  [least, greatest]: readonly [number, number] = [-Infinity, Infinity],
): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const span = high - low || Math.abs(high) || 1
  // An axis that begins at 0 stays there.
  const around = (high === low ? 0.5 : padding) * span
  const from = low === 0 ? 0 : Math.max(least, low - around)
  const to = Math.min(greatest, high + around)
  return { ticks: niceTicks(from, to, 5), part: (value) => (value - from) / (to - from || 1) }
}

/** 1, 2 or 5 times a power of ten apart, about `count` of them. */
export function niceTicks(from: number, to: number, count: number): readonly number[] {
  const rough = (to - from) / count
  if (!(rough > 0) || !Number.isFinite(rough)) return []
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10)
  const first = Math.ceil(from / step - 1e-9)
  const last = Math.floor(to / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  )
}

function logAxis(values: readonly number[]): Axis {
  const [low, high] = [Math.log10(Math.min(...values) / 1.6), Math.log10(Math.max(...values) * 1.6)]
  const powers = Array.from(
    { length: Math.ceil(high) - Math.floor(low) + 1 },
    (_, at) => Math.floor(low) + at,
  )
  const factors = high - low > 2.5 ? [1] : [1, 2, 5]
  const ticks = powers
    .flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(12))))
    .filter((value) => Math.log10(value) >= low && Math.log10(value) <= high)
  return { ticks, part: (value) => (Math.log10(value) - low) / (high - low) }
}

/** A large, a middle and a small one, of round numbers. */
function keySizes(most: number): readonly number[] {
  if (!(most > 0) || !Number.isFinite(most)) return []
  const power = 10 ** Math.floor(Math.log10(most))
  const large = power * [5, 2, 1].find((factor) => factor * power <= most)!
  return [large, large / 5, large / 25]
}

type Placed = Omit<ScatterPoint, 'x' | 'y'> & Pick<Circle, 'cx' | 'cy' | 'r'>

/** Labels beside, above or below their circles, else at the end of a line, where they cover no other label and no circle. */
function labelled(points: readonly Placed[], within: Box): readonly Circle[] {
  const half = (r: number): number => Math.max(leastRadius, 0.75 * r)
  const taken: Box[] = points.map(({ cx, cy, r }) => ({
    left: cx - half(r),
    right: cx + half(r),
    top: cy - half(r),
    bottom: cy + half(r),
  }))
  return points.map((point) => {
    const size = widthOf(point.label)
    const place = placesOf(point).find((one) => {
      const box = boxOf(one, size)
      return inside(box, within) && !taken.some((other) => overlap(box, other))
    })
    if (place) taken.push(boxOf(place, size))
    const { key, cx, cy, r } = point
    return { key, cx, cy, r, label: place ?? null }
  })
}

type Label = NonNullable<Circle['label']>

/** The best first. */
function placesOf({ cx, cy, r }: Placed): readonly Label[] {
  const radius = Math.max(r, leastRadius)
  const [side, height] = [radius + gap.x, radius + 7 + gap.y]
  const corner = 0.75 * radius + gap.x
  const near = [
    { x: cx + side, y: cy, anchor: 'start' },
    { x: cx - side, y: cy, anchor: 'end' },
    { x: cx, y: cy - height, anchor: 'middle' },
    { x: cx, y: cy + height, anchor: 'middle' },
    { x: cx + corner, y: cy - corner, anchor: 'start' },
    { x: cx + corner, y: cy + corner, anchor: 'start' },
    { x: cx - corner, y: cy - corner, anchor: 'end' },
    { x: cx - corner, y: cy + corner, anchor: 'end' },
  ] as const
  const far = farther.flatMap((distance) =>
    [-1, 1].flatMap((way) =>
      (['middle', 'start', 'end'] as const).map((anchor) => ({
        x: cx,
        y: cy + way * (height + distance),
        anchor,
        leader: { x: cx, y: cy + way * Math.max(r, 2) },
      })),
    ),
  )
  return [...near.map((place) => ({ ...place, leader: null })), ...far]
}

const widthOf = (label: string): number =>
  [...label].reduce((sum, one) => sum + (/[A-Z0-9]/.test(one) ? letter.capital : letter.other), 0)

function boxOf({ x, y, anchor }: Label, size: number): Box {
  const left = { start: x, middle: x - size / 2, end: x - size }[anchor]
  return { left: left - gap.x, right: left + size + gap.x, top: y - 7 - gap.y, bottom: y + 7 + gap.y }
}

const inside = (box: Box, { left, right, top, bottom }: Box): boolean =>
  box.left >= left - gap.x && box.right <= right + gap.x && box.top >= top && box.bottom <= bottom

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
