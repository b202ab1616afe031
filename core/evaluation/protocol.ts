import { z } from 'zod'
import { StudioError } from '../base/errors.ts'
import { resizeModes, type ResizeMode } from '../image/types.ts'
import type { Network } from '../network/types.ts'
import type { View } from '../pipeline/types.ts'
import { viewsNames, type Protocol } from './types.ts'

/** What a recipe says about its images: where a protocol's defaults come from. */
export interface TrainedOn {
  readonly crop: number
  /** Training scale S, shorter side in pixels. */
  readonly scale: { readonly min: number; readonly max: number }
  readonly mode: ResizeMode
}

const pixels = z.number().int().min(1).max(16384)

const choices = z.strictObject({
  views: z.enum(viewsNames).default('center'),
  scales: z.array(pixels).min(1).max(32).optional(),
  flips: z.boolean().optional(),
  mode: z.enum(resizeModes).optional(),
})

/**
 * Completes and checks what was asked for. Defaults: center views; one test scale Q = (Smin + Smax)/2 (§3.2); flips
 * for dense views (as the paper does) and none for center views; the recipe's resize mode.
 * @param asked from outside: `{views?, scales?, flips?, mode?}`
 * @throws StudioError `invalid-protocol` that names the field
 */
export function parseProtocol(asked: unknown, trainedOn: TrainedOn): Protocol {
  const parsed = choices.safeParse(asked)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const field = issue?.path.join('.')
    throw invalid(`${field ? `${field}: ` : ''}${issue?.message ?? 'not understood'}`)
  }
  const { views, scales, flips, mode } = parsed.data
  const protocol: Protocol = {
    views,
    scales: ascending(scales ?? [Math.round((trainedOn.scale.min + trainedOn.scale.max) / 2)]),
    flips: flips ?? views === 'dense',
    crop: trainedOn.crop,
    mode: mode ?? trainedOn.mode,
  }
  checkScales(protocol)
  return protocol
}

/**
 * @throws StudioError `invalid-protocol` where the network cannot be evaluated this way
 */
export function checkProtocol(protocol: Protocol, network: Network): void {
  const [, height, width] = network.input
  if (protocol.crop !== height || protocol.crop !== width) {
    throw invalid(`crop: ${protocol.crop}, but the network was built for ${height}×${width} pixels`)
  }
  if (protocol.scales.length === 0) throw invalid('scales: at least one is needed')
  checkScales(protocol)
}

/** `Dense, scales 256 384, flipped`: the line that stands beside every number. */
export function describeProtocol(protocol: Protocol): string {
  const { scales } = protocol
  return [
    viewsText(protocol),
    `${scales.length === 1 ? 'scale' : 'scales'} ${scales.join(' ')}`,
    ...(protocol.flips ? ['flipped'] : []),
  ].join(', ')
}

/** One way of looking at all images. `weight`: its share in the class posteriors; a protocol's weights sum to 1. */
export interface Pass {
  /** `dense`: the network with its FC layers as convolutions (§3.2). */
  readonly form: 'plain' | 'dense'
  readonly view: View
  readonly flips: boolean
  readonly weight: number
}

/**
 * The passes that a protocol consists of: one per scale, of equal weight. Views that join later add passes: `both`
 * is the dense and the multi-crop passes with half the weight each.
 */
export function passes(protocol: Protocol): readonly Pass[] {
  const { views, scales, flips, crop, mode } = protocol
  const weight = 1 / scales.length
  return scales.map((scale) =>
    views === 'dense'
      ? { form: 'dense', view: { kind: 'whole', scale }, flips, weight }
      : { form: 'plain', view: { kind: 'center', scale, crop, mode }, flips, weight },
  )
}

function viewsText({ views, crop, mode }: Protocol): string {
  if (views === 'dense') return 'Dense'
  const square = { crop: '', pad: ' of the padded image', squash: ' of the squashed image' }[mode]
  return `Center crop ${crop}${square}`
}

/** Center: the crop must lie inside the image. Dense: the first FC layer needs a map as large as it was built for. */
function checkScales({ scales, crop, views }: Protocol): void {
  const small = scales.findIndex((scale) => scale < crop)
  if (small < 0) return
  const reason = views === 'dense' ? 'the input that the network was built for' : 'the crop'
  throw invalid(`scales.${small}: ${scales[small]} pixels is less than ${reason}, ${crop}`)
}

function ascending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b)
}

function invalid(reason: string): StudioError {
  return new StudioError('invalid-protocol', `The evaluation protocol is not valid: ${reason}.`, {
    hint: 'Scales are shorter sides in whole pixels, at least the crop; views are center or dense.',
  })
}
