import { fixedText } from '../text.ts'

/** Why a layer or a network can’t be built: the middle of a sentence, without its period. */
export const layerFaults = {
  'input-not-square': ({ height, width }: { readonly height: number; readonly width: number }) => ({
    message: `its input of ${height}×${width} is not square`,
  }),
  'inputs-of-different-size': fixedText('its inputs see parts of different size'),
  'normalizes-positions': fixedText('it normalizes each position by itself'),
  'groups-do-not-divide': ({
    groups,
    channels,
    outChannels,
  }: {
    readonly groups: number
    readonly channels: number
    readonly outChannels: number
  }) => ({ message: `${groups} groups do not divide ${channels} and ${outChannels} channels` }),
  'takes-vector': ({ shape }: { readonly shape: string }) => ({
    message: `it takes a vector, not ${shape}: flatten it first`,
  }),
  'window-without-middle': ({ channels }: { readonly channels: number }) => ({
    message: `a window of ${channels} channels has no middle one`,
  }),
  'cannot-add': ({ first, other }: { readonly first: string; readonly other: string }) => ({
    message: `it cannot add ${first} and ${other}`,
  }),
  'cannot-concatenate': ({ first, other }: { readonly first: string; readonly other: string }) => ({
    message: `it cannot concatenate ${first} and ${other}`,
  }),
  'takes-map-and-gate': ({ inputs }: { readonly inputs: number }) => ({
    message: `it takes a map and its gate, not ${inputs} inputs`,
  }),
  'cannot-scale': ({ map, gate }: { readonly map: string; readonly gate: string }) => ({
    message: `it cannot scale ${map} by ${gate}`,
  }),
  'takes-one-input': ({ inputs }: { readonly inputs: number }) => ({
    message: `it takes one input, not ${inputs}`,
  }),
  'takes-several-inputs': ({ inputs }: { readonly inputs: number }) => ({
    message: `it takes two inputs or more, not ${inputs}`,
  }),
  'takes-map': ({ shape }: { readonly shape: string }) => ({
    message: `it takes a feature map, not the vector ${shape}`,
  }),
  'name-used-twice': fixedText('its name is used twice'),
  'input-not-before': ({ input }: { readonly input: string }) => ({
    message: `its input ${input} is not a layer before it`,
  }),
  'kernel-too-large': ({ kernel, size }: { readonly kernel: number; readonly size: number }) => ({
    message: `its kernel of ${kernel} is larger than its input of ${size}`,
  }),
  'padding-too-large': ({ padding, kernel }: { readonly padding: number; readonly kernel: number }) => ({
    message: `its padding of ${padding} is more than half its kernel of ${kernel}`,
  }),
  'outputs-not-one': ({ count }: { readonly count: number }) => ({
    message: `it has ${count} outputs with the role logits instead of one`,
  }),
  'output-no-layer': ({ layer }: { readonly layer: string }) => ({
    message: `its output ${layer} is not one of its layers`,
  }),
  'output-not-scores': ({
    layer,
    shape,
    classes,
  }: {
    readonly layer: string
    readonly shape: string
    readonly classes: number
  }) => ({ message: `its output ${layer} is ${shape} instead of one score for each of ${classes} classes` }),
} as const
