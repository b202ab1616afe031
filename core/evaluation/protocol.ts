import { z } from 'zod'
import { StudioError } from '../base/errors.ts'
import { expectation, saying } from '../base/issues.ts'
import { resizeModes } from '../image/types.ts'
import type { ProtocolFault } from '../messages/types.ts'
import type { Network } from '../network/types.ts'
import { googlenetScales, scalePresets, testScales, type ScalePreset, type TrainedOn } from './scales.ts'
import { viewsNames, type Protocol, type ViewsName } from './types.ts'

const scaleList = z.array(z.int().min(1).max(16384)).min(1).max(32)

/** A union whose refusals name the scale. */
const scales = z.custom<ScalePreset | number[]>().transform((value, context) => {
  const preset = scalePresets.find((name) => name === value)
  const parsed = scaleList.safeParse(value)
  if (preset !== undefined) return preset
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) {
    context.addIssue({ code: 'custom', path: issue.path, message: saying(expectation(issue)) })
  }
  return z.NEVER
})

/** What can be asked for, in jobs and over HTTP too: scales in pixels, or a preset. */
export const protocolFields = {
  views: z.enum(viewsNames).optional(),
  scales: scales.optional(),
  flips: z.boolean().optional(),
}
const choices = z.strictObject({ ...protocolFields, mode: z.enum(resizeModes).optional() })

/**
 * Completes and checks what was asked for. Defaults: center views; one test scale Q = (Smin + Smax)/2 (§3.2), GoogLeNet's
 * four for its views; flips for all views (as the papers do) but center ones; the recipe's resize mode.
 * @param asked from outside: `{views?, scales?, flips?, mode?}`; scales in pixels, or a preset
 * @throws StudioError `invalid-protocol` that names the field
 */
export function parseProtocol(asked: unknown, trainedOn: TrainedOn): Protocol {
  const parsed = choices.safeParse(asked)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const field = issue?.path.join('.')
    throw invalid({ fault: 'field', field: field ?? '', expected: issue ? expectation(issue) : null })
  }
  const { views = 'center', scales, flips, mode } = parsed.data
  const usual = defaultProtocol(views, trainedOn)
  const protocol: Protocol = {
    views,
    scales: ascending(typeof scales === 'string' ? testScales(trainedOn, scales) : (scales ?? usual.scales)),
    flips: flips ?? usual.flips,
    crop: trainedOn.crop,
    mode: mode ?? trainedOn.mode,
  }
  checkScales(protocol)
  return protocol
}

/** What a protocol has where nothing else is asked for. Scales may be smaller than the crop: see parseProtocol. */
export function defaultProtocol(views: ViewsName, trainedOn: TrainedOn): Pick<Protocol, 'scales' | 'flips'> {
  const scales = views === '144' ? googlenetScales(trainedOn.crop) : testScales(trainedOn, 'single')
  return { scales, flips: views !== 'center' }
}

/**
 * @throws StudioError `invalid-protocol` where the network cannot be evaluated this way
 */
export function checkProtocol(protocol: Protocol, network: Network): void {
  const [, height, width] = network.input
  if (protocol.crop !== height || protocol.crop !== width) {
    throw invalid({ fault: 'crop', crop: protocol.crop, height, width })
  }
  if (protocol.scales.length === 0) throw invalid({ fault: 'no-scale' })
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

function viewsText({ views, crop, mode }: Protocol): string {
  const square = {
    crop: '',
    pad: ' of the padded image',
    'pad-white': ' of the image padded with white',
    squash: ' of the squashed image',
  }[mode]
  switch (views) {
    case 'center':
      return `Center crop ${crop}${square}`
    case 'ten':
      return `Corner and center crops ${crop}${square}`
    case 'grid':
      return `5×5 grid of crops ${crop}${square}`
    case '144':
      return `GoogLeNet’s crops ${crop}${square}`
    case 'dense':
      return 'Dense'
    case 'dense-offsets':
      return 'Dense with pooling offsets'
    case 'both':
      return `Dense and 5×5 grid of crops ${crop}${square}`
  }
}

/** Crops must lie inside the image. Dense: the first FC layer needs a map as large as it was built for. */
function checkScales({ scales, crop, views }: Protocol): void {
  const small = scales.findIndex((scale) => scale < crop)
  if (small < 0) return
  const isDense = views.startsWith('dense')
  throw invalid({ fault: 'small-scale', index: small, scale: scales[small]!, crop, isDense })
}

function ascending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b)
}

function invalid(fault: ProtocolFault): StudioError {
  return new StudioError('invalid-protocol', { what: 'values', fault, views: viewsNames })
}
