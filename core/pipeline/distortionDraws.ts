import { permutation, random, type Random } from '../base/random.ts'
import { sizeOf } from '../image/region.ts'
import type { Region } from '../image/resample.ts'
import type { Augmentation, Distortions } from './types.ts'

/** Names of the random streams: each distortion has its own, so that none changes what another draws. */
const streams = { rotation: 0x7475726e, colors: 0x636f6c72, blur: 0x626c7572, erasing: 0x65726173 }

export type ColorKind = 'brightness' | 'contrast' | 'saturation'
const colorKinds: readonly ColorKind[] = ['brightness', 'contrast', 'saturation']

/** A factor of torchvision's `adjust_brightness`, `adjust_contrast` or `adjust_saturation`. */
export interface ColorChange {
  readonly kind: ColorKind
  readonly factor: number
}

/** What is done to one crop beyond what the paper does. */
export interface DistortionDraw {
  /** Degrees, counterclockwise, about the crop's middle. */
  readonly rotation: number
  /** In the order in which they apply. */
  readonly colors: readonly ColorChange[]
  /** Standard deviation, pixels; 0: not blurred. */
  readonly blur: number
  /** In pixels of the crop. */
  readonly erased: Region | null
}

/** Every other image is blurred (SimCLR's probability), by at least this many pixels (torchvision's default). */
const blurred = 0.5
const leastBlur = 0.1
/** torchvision's RandomErasing: share of the area, height over width, and tries at a rectangle that fits. */
const erasedArea = { min: 0.02, max: 0.33 }
const erasedAspect = { min: 0.3, max: 3.3 }
const erasingTries = 10

/** Draws for the image at `place` of the epoch's order; null where nothing is to be done. */
export function drawDistortions(
  options: Augmentation,
  seed: number,
  epoch: number,
  place: number,
): DistortionDraw | null {
  const stream = (name: keyof typeof streams): Random => random(seed, streams[name], epoch, place)
  const { rotation = 0, blur = 0, erasing = 0 } = options
  const draw: DistortionDraw = {
    rotation: rotation > 0 ? between(-rotation, rotation, stream('rotation')) : 0,
    colors: drawColors(options, stream('colors')),
    blur: blur > 0 ? drawBlur(blur, stream('blur')) : 0,
    erased: erasing > 0 ? drawErased(erasing, options.crop, stream('erasing')) : null,
  }
  const isNone = draw.rotation === 0 && draw.colors.length === 0 && draw.blur === 0 && draw.erased === null
  return isNone ? null : draw
}

/** Factors and their order are always drawn, so that each stays when another is switched off. */
function drawColors(options: Partial<Distortions>, source: Random): readonly ColorChange[] {
  const factors = colorKinds.map((kind) => {
    const strength = options[kind] ?? 0
    return between(Math.max(0, 1 - strength), 1 + strength, source)
  })
  return [...permutation(colorKinds.length, source)]
    .map((index) => ({ kind: colorKinds[index]!, factor: factors[index]! }))
    .filter(({ kind }) => (options[kind] ?? 0) > 0)
}

function drawBlur(largest: number, source: Random): number {
  const isBlurred = source.uniform() < blurred
  const deviation = between(Math.min(leastBlur, largest), largest, source)
  return isBlurred ? deviation : 0
}

/** The first of ten rectangles that is smaller than the crop both ways, as torchvision draws them. */
function drawErased(probability: number, crop: number, source: Random): Region | null {
  if (source.uniform() >= probability) return null
  for (let number = 0; number < erasingTries; number++) {
    const area = between(erasedArea.min, erasedArea.max, source) * crop * crop
    const tallness = Math.exp(between(Math.log(erasedAspect.min), Math.log(erasedAspect.max), source))
    const { width, height } = sizeOf(area, 1 / tallness)
    if (width >= crop || height >= crop) continue
    const top = source.integer(crop - height + 1)
    return { left: source.integer(crop - width + 1), top, width, height }
  }
  return null
}

const between = (min: number, max: number, source: Random): number => min + (max - min) * source.uniform()
