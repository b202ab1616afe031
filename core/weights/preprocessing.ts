import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StudioError } from '../base/errors.ts'
import type { ResizeMode } from '../image/types.ts'
import type { Network } from '../network/types.ts'
import type { Normalization } from '../pipeline/types.ts'
import type { Attribution } from './entry.ts'
import type { Parity } from './parity.ts'

const format = 'vgg-studio-preprocessing'

/**
 * What a program must do to an image before the model and with its output: the content of `preprocessing.json` and,
 * as one string each, of the model's metadata. Self-explanatory on purpose: it is read far from this project.
 */
export interface Preprocessing {
  readonly format: typeof format
  readonly version: 1
  readonly description: string
  readonly input: {
    readonly name: 'images'
    readonly type: 'float32'
    readonly layout: 'NCHW'
    readonly colorOrder: 'RGB'
    readonly shape: readonly ['batch', number, number, number]
  }
  readonly output: {
    readonly name: 'logits'
    readonly type: 'float32'
    readonly shape: readonly ['batch', number]
    readonly activation: 'none; softmax over classes gives probabilities'
  }
  readonly decode: string
  readonly resize: {
    readonly mode: ResizeMode
    /** Test scale Q, pixels. */
    readonly scale: number
    readonly kernel: 'linear'
    readonly antialias: true
    readonly rule: string
  }
  readonly crop: { readonly width: number; readonly height: number; readonly rule: string }
  readonly normalization: {
    readonly valueRange: readonly [0, 255]
    readonly mean: readonly number[]
    readonly std: readonly number[]
    readonly rule: '(value - mean) / std, per channel'
  }
  /** By output position. */
  readonly labels: readonly string[]
  readonly recipe: Readonly<Record<string, unknown>>
  /** Attribution of the weights that training started from. */
  readonly attribution?: Attribution
  /** The logits are already divided by it (fitted on validation images): softmax gives calibrated probabilities. */
  readonly temperature?: number
}

export interface PreprocessingInput {
  readonly network: Network
  readonly classes: readonly string[]
  readonly normalization: Normalization
  readonly mode: ResizeMode
  readonly scale: number
  readonly recipe?: Readonly<Record<string, unknown>> | undefined
  readonly attribution?: Attribution | undefined
  readonly temperature?: number | undefined
}

/** @throws StudioError `invalid-export` where the scale is less than the crop */
export function preprocessing(input: PreprocessingInput): Preprocessing {
  const { network, classes, normalization, mode, scale, recipe = {} } = input
  const [channels, height, width] = network.input
  if (classes.length !== network.classes) {
    throw new Error(`${classes.length} class names for a network with ${network.classes} classes`)
  }
  if (!Number.isInteger(scale) || scale < Math.max(height, width)) {
    throw new StudioError('invalid-export', { scale, height })
  }
  const size = `${width}×${height}`
  return {
    format,
    version: 1,
    description: `${network.title}, ${size} RGB, ${classes.length} classes, made by VGG Studio`,
    input: {
      name: 'images',
      type: 'float32',
      layout: 'NCHW',
      colorOrder: 'RGB',
      shape: ['batch', channels, height, width],
    },
    output: {
      name: 'logits',
      type: 'float32',
      shape: ['batch', network.classes],
      activation: 'none; softmax over classes gives probabilities',
    },
    decode: '8-bit sRGB, turned upright (EXIF orientation), transparency over white, first frame',
    resize: { mode, scale, kernel: 'linear', antialias: true, rule: resizeRules[mode](scale) },
    crop: { width, height, rule: 'center; left and top rounded down' },
    normalization: {
      valueRange: [0, 255],
      mean: [...normalization.mean],
      std: [...normalization.std],
      rule: '(value - mean) / std, per channel',
    },
    labels: [...classes],
    recipe,
    ...(input.attribution && { attribution: input.attribution }),
    ...(input.temperature !== undefined && { temperature: input.temperature }),
  }
}

const resizeRules: Readonly<Record<ResizeMode, (scale: number) => string>> = {
  crop: (scale) => `shorter side to ${scale}, longer side in proportion (rounded half up)`,
  pad: (scale) =>
    `longer side to ${scale}, shorter side in proportion (rounded half up), ` +
    `then centered on a ${scale}×${scale} square of the mean color (rounded)`,
  'pad-white': (scale) =>
    `longer side to ${scale}, shorter side in proportion (rounded half up), ` +
    `then centered on a white ${scale}×${scale} square`,
  squash: (scale) => `to ${scale}×${scale}, whatever the proportions`,
}

/** The same as strings, for an ONNX model's metadata; `preprocessing` holds all of it. */
export function metadata(rules: Preprocessing): Record<string, string> {
  const { input, normalization } = rules
  return {
    description: rules.description,
    labels: JSON.stringify(rules.labels),
    resize: JSON.stringify(rules.resize),
    crop: JSON.stringify(rules.crop),
    mean: JSON.stringify(normalization.mean),
    std: JSON.stringify(normalization.std),
    value_range: JSON.stringify(normalization.valueRange),
    color_order: input.colorOrder,
    layout: input.layout,
    ...(rules.attribution && {
      license: rules.attribution.license ?? '',
      attribution: rules.attribution.text,
    }),
    preprocessing: JSON.stringify(rules),
  }
}

/** Content of `preprocessing.json`. */
export function sidecar(rules: Preprocessing, parity: Parity): string {
  return `${JSON.stringify({ ...rules, parity }, null, 2)}\n`
}

/** One name a line, by output position; line breaks in a name become spaces. */
export function labelsText(classes: readonly string[]): string {
  return classes.map((name) => `${name.replace(/[\r\n]+/g, ' ')}\n`).join('')
}

/** Whether a folder holds an export, which a new one may replace. */
export async function isExport(folder: string): Promise<boolean> {
  try {
    const content: unknown = JSON.parse(await readFile(join(folder, 'preprocessing.json'), 'utf8'))
    return typeof content === 'object' && content !== null && 'format' in content && content.format === format
  } catch {
    return false
  }
}
