import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { StudioError } from '../base/errors.ts'
import { fillOf, resizeModes, type ResizeMode } from '../image/types.ts'
import type { Attribution } from '../weights/entry.ts'
import type { Rules } from './loaders/preprocess.ts'
import type { ExportChoices, ExportSource } from './types.ts'

export const format = 'vgg-studio-preprocessing'

/**
 * What a program must do to an image before the model and with its output: the content of `preprocessing.json` and,
 * as one string each, of the model's metadata. Self-explanatory on purpose: it is read far from this project.
 */
export interface Preprocessing {
  readonly format: typeof format
  readonly version: 2
  readonly description: string
  /** Whether the model resizes, crops and normalizes by itself. */
  readonly preprocessing: ExportChoices['preprocessing']
  /** Whether the model takes whole images of any size, from the crop on: then nothing is cropped. */
  readonly dense: boolean
  readonly input: {
    readonly name: 'images' | 'picture'
    readonly type: 'float32' | 'uint8'
    readonly layout: 'NCHW' | 'NHWC'
    readonly colorOrder: 'RGB'
    readonly shape: readonly (string | number)[]
  }
  readonly output: {
    readonly name: 'logits' | 'probabilities'
    readonly type: 'float32'
    readonly shape: readonly [string | number, number]
    readonly activation: 'none; softmax over classes gives probabilities' | 'softmax'
  }
  readonly decode: string
  readonly resize: {
    readonly mode: ResizeMode
    /** Test scale Q, pixels. */
    readonly scale: number
    /** Color beside the image where it is padded, whole levels. */
    readonly fill: readonly number[]
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

/** @throws StudioError `invalid-export` where the scale is less than the crop */
export function preprocessing(
  source: ExportSource,
  choices: ExportChoices,
  layout: Preprocessing['input']['layout'],
): Preprocessing {
  const { network, classes, normalization, mode, scale, recipe = {} } = source
  const [, height, width] = network.input
  if (classes.length !== network.classes) {
    throw new Error(`${classes.length} class names for a network with ${network.classes} classes`)
  }
  if (!Number.isInteger(scale) || scale < Math.max(height, width)) {
    throw new StudioError('invalid-export', { scale, height })
  }
  const size = `${width}×${height}`
  return {
    format,
    version: 2,
    description: `${network.title}, ${size} RGB, ${classes.length} classes, made by VGG Studio`,
    ...choicesOf(source, choices, layout),
    decode: '8-bit sRGB, turned upright (EXIF orientation), transparency over white, first frame',
    resize: {
      ...{ mode, scale, fill: fillOf(mode, normalization.mean).map(Math.round) },
      ...{ kernel: 'linear', antialias: true, rule: resizeRules[mode](scale) },
    },
    crop: {
      width,
      height,
      rule: choices.dense ? 'none: the whole image is looked at' : 'center; left and top rounded down',
    },
    normalization: {
      valueRange: [0, 255],
      mean: [...normalization.mean],
      std: [...normalization.std],
      rule: '(value - mean) / std, per channel',
    },
    labels: [...classes],
    recipe,
    ...(source.attribution && { attribution: source.attribution }),
    ...(source.temperature !== undefined && { temperature: source.temperature }),
  }
}

function choicesOf(
  { network, classes }: ExportSource,
  { preprocessing: place, dense, batch }: ExportChoices,
  layout: Preprocessing['input']['layout'],
): Pick<Preprocessing, 'preprocessing' | 'dense' | 'input' | 'output'> {
  const [channels, height, width] = network.input
  const images = batch === 'any' ? 'batch' : batch
  const shape = [images, classes.length] as const
  const common = { preprocessing: place, dense }
  if (place === 'inside') {
    return {
      ...common,
      input: {
        name: 'picture',
        type: 'uint8',
        layout: 'NHWC',
        colorOrder: 'RGB',
        shape: [images, 'height', 'width', 3],
      },
      output: { name: 'probabilities', type: 'float32', shape, activation: 'softmax' },
    }
  }
  const sides = dense ? ['height', 'width'] : [height, width]
  return {
    ...common,
    input: {
      name: 'images',
      type: 'float32',
      layout,
      colorOrder: 'RGB',
      shape: layout === 'NHWC' ? [images, ...sides, channels] : [images, channels, ...sides],
    },
    output: {
      name: 'logits',
      type: 'float32',
      shape,
      activation: 'none; softmax over classes gives probabilities',
    },
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

/** @throws StudioError `not-an-export` */
export async function readRules(folder: string): Promise<Rules> {
  try {
    return rulesOfFile.parse(JSON.parse(await readFile(join(folder, 'preprocessing.json'), 'utf8')))
  } catch (cause) {
    throw new StudioError('not-an-export', { folder }, { cause })
  }
}

const channels = z.array(z.number()).length(3)
const rulesOfFile = z.object({
  preprocessing: z.enum(['inside', 'outside']),
  dense: z.boolean(),
  input: z.object({
    name: z.string(),
    layout: z.enum(['NCHW', 'NHWC']),
    shape: z.array(
      z.union([
        z.string(),
        z
          .int()
          .min(1)
          .max(1024 * 16),
      ]),
    ),
  }),
  output: z.object({ name: z.string() }),
  resize: z.object({ mode: z.enum(resizeModes), scale: z.int().min(1).max(16384), fill: channels }),
  crop: z.object({ width: z.int().min(1).max(16384) }),
  normalization: z.object({ mean: channels, std: channels }),
  labels: z.array(z.string()),
})

/** Content of `preprocessing.json`. */
export function sidecar(rules: Preprocessing): string {
  return `${JSON.stringify(rules, null, 2)}\n`
}

/** One name a line, by output position; line breaks in a name become spaces. */
export function labelsText(classes: readonly string[]): string {
  return classes.map((name) => `${name.replace(/[\r\n]+/g, ' ')}\n`).join('')
}
