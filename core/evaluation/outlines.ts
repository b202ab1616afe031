import { isotropic, resizedSize } from '../image/geometry.ts'
import { isPadded, type Size } from '../image/types.ts'
import type { Rendition } from '../pipeline/types.ts'
import { renderedSize, windowOf, type CropPlan, type Form, type CropView } from './views.ts'

/** What a view sees of the original image, in shares (0–1) of its sides; reaches outside where an image is padded. */
export interface Outline {
  readonly form: Form
  /** Test scale Q, pixels. */
  readonly scale: number
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Outlines of every view of a plan but mirrored ones, which see the same. */
export function outlinesOf(plan: CropPlan, original: Size): readonly Outline[] {
  return plan.views.filter(({ mirror }) => !mirror).map((view) => outlineOf(view, plan, original))
}

function outlineOf(view: CropView, { renditions, crop }: CropPlan, original: Size): Outline {
  const rendition = renditions[view.rendition]!
  const rendered = renderedSize(rendition, original)
  const window = windowOf(view, crop, rendered)
  const frame = frameOf(rendition, original)
  return {
    form: view.form,
    scale: rendition.scale,
    left: frame.left + (frame.width * window.left) / rendered.width,
    top: frame.top + (frame.height * window.top) / rendered.height,
    width: (frame.width * window.width) / rendered.width,
    height: (frame.height * window.height) / rendered.height,
  }
}

/** The part of the original that a rendition shows, in shares of its sides. Padded and squashed ones are square already. */
function frameOf({ mode, scale, square }: Rendition, original: Size) {
  if (isPadded(mode)) {
    const { width, height } = resizedSize(original, mode, scale)
    const inset = (inner: number): number => Math.floor((scale - inner) / 2)
    return {
      left: -inset(width) / width,
      top: -inset(height) / height,
      width: scale / width,
      height: scale / height,
    }
  }
  if (!square || mode === 'squash') return { left: 0, top: 0, width: 1, height: 1 }
  return partOf(square.at, isotropic(original, scale))
}

/** A square as large as the shorter side, at the start, middle or end of the longer one. */
function partOf(at: 'start' | 'middle' | 'end', { width, height }: Size) {
  const side = Math.min(width, height)
  const share = { start: 0, middle: 0.5, end: 1 }[at]
  return {
    left: Math.floor(share * (width - side)) / width,
    top: Math.floor(share * (height - side)) / height,
    width: side / width,
    height: side / height,
  }
}
