import { isotropic, resizedSize } from '../image/geometry.ts'
import { isPadded, type Size } from '../image/types.ts'
import type { Rendition } from '../pipeline/types.ts'
import type { Protocol } from './types.ts'

/**
 * How the network is applied: `plain` to crops; `dense` with its FC layers as convolutions to whole images (VGG §3.2);
 * `dense-offsets` likewise, with the last pooling at all its offsets (OverFeat §3.3).
 */
export type Form = 'plain' | 'dense' | 'dense-offsets'

/** One forward pass over (a part of) an image. */
export interface CropView {
  readonly form: Form
  /** Which of the plan's renditions is looked at. */
  readonly rendition: number
  /** Where the crop lies, as shares (0–1) of the room that it has in x and y; null: the whole rendition. */
  readonly window: { readonly x: number; readonly y: number } | null
  /** Mirrored left to right. */
  readonly mirror: boolean
  /** Share in the class probabilities; those of a plan sum to 1. */
  readonly weight: number
}

/** Everything of an image that a protocol looks at. One decode serves all of it. */
export interface CropPlan {
  /** Side of the crops, pixels. */
  readonly crop: number
  readonly renditions: readonly Rendition[]
  readonly views: readonly CropView[]
}

type Part = Pick<CropView, 'form' | 'window'> & { readonly rendition: Rendition }

const fifths = [0, 0.25, 0.5, 0.75, 1]
const center = { x: 0.5, y: 0.5 }
const corners = [0, 1].flatMap((y) => [0, 1].map((x) => ({ x, y })))

/**
 * The plan of a protocol. Each scale has the same weight, and within a scale each crop and each flip; `both` gives half
 * to the dense pass and half to the crops of the 5×5 grid (VGG §4.3).
 */
export function cropPlan(protocol: Protocol): CropPlan {
  const { views, crop } = protocol
  const halves = views === 'both' ? (['dense', 'grid'] as const) : [views]
  const renditions: Rendition[] = []
  const indexOf = (rendition: Rendition): number => {
    const found = renditions.findIndex((other) => sameRendition(other, rendition))
    return found < 0 ? renditions.push(rendition) - 1 : found
  }
  const cropViews = halves.flatMap((half) => {
    const parts = protocol.scales.flatMap((scale) => partsOf(half, scale, protocol))
    const flips = protocol.flips ? [false, true] : [false]
    const weight = 1 / (halves.length * parts.length * flips.length)
    return parts.flatMap(({ form, window, rendition }) => {
      const index = indexOf(rendition)
      return flips.map((mirror): CropView => ({ form, rendition: index, window, mirror, weight }))
    })
  })
  return { crop, renditions, views: cropViews }
}

function partsOf(
  views: Exclude<Protocol['views'], 'both'>,
  scale: number,
  protocol: Protocol,
): readonly Part[] {
  const { crop, mode } = protocol
  const windows = (
    places: readonly NonNullable<CropView['window']>[],
    rendition: Rendition,
  ): readonly Part[] => places.map((window) => ({ form: 'plain', window, rendition }))
  switch (views) {
    case 'center':
      return windows([center], { mode, scale })
    case 'ten':
      return windows([...corners, center], { mode, scale })
    case 'grid':
      return windows(
        fifths.flatMap((y) => fifths.map((x) => ({ x, y }))),
        { mode, scale },
      )
    case '144':
      return (['start', 'middle', 'end'] as const).flatMap((at) => [
        ...windows([...corners, center], { mode, scale, square: { at, side: scale } }),
        ...windows([center], { mode, scale, square: { at, side: crop } }),
      ])
    case 'dense':
    case 'dense-offsets':
      return [{ form: views, window: null, rendition: { mode: 'crop', scale } }]
  }
}

function sameRendition(a: Rendition, b: Rendition): boolean {
  const square = ({ square: one }: Rendition): string => (one ? `${one.at} ${one.side}` : '')
  return a.mode === b.mode && a.scale === b.scale && square(a) === square(b)
}

/** A rectangle in whole pixels of a rendition. */
export interface Window extends Size {
  readonly left: number
  readonly top: number
}

/** What a view sees of its rendition, which has the size `rendered`. Corners are rounded down, as center crops are. */
export function windowOf({ window }: CropView, crop: number, rendered: Size): Window {
  if (!window) return { left: 0, top: 0, width: rendered.width, height: rendered.height }
  const offset = (share: number, side: number): number => Math.floor(share * (side - crop))
  return {
    left: offset(window.x, rendered.width),
    top: offset(window.y, rendered.height),
    width: crop,
    height: crop,
  }
}

/** The size of a rendition of an image of size `original`. */
export function renderedSize({ mode, scale, square }: Rendition, original: Size): Size {
  if (square) return { width: square.side, height: square.side }
  if (isPadded(mode)) return { width: scale, height: scale }
  return mode === 'crop' ? isotropic(original, scale) : resizedSize(original, mode, scale)
}
