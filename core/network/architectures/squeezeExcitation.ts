import * as z from 'zod'
import { saying } from '../../base/issues.ts'
import { chain, linear, relu } from '../chain.ts'
import type { Layer } from '../types.ts'

const expected = saying({ code: 'must-be-whole-or-null', values: { least: 1 } })

/** Reduction of squeeze-and-excitation; null: as the configuration has it, which mostly is without. */
export const squeezeExcitation = z
  .int({ error: expected })
  .min(1, expected)
  .max(1024)
  .nullable()
  .default(null)

export const squeezeExcitationField = {
  setting: 'squeezeExcitation',
  kind: 'number',
  min: 1,
  max: 1024,
  step: 1,
  optional: true,
} as const

/** The end of a network's title; empty without. */
export const squeezeExcitationTitle = (reduction: number | null): string =>
  reduction === null ? '' : ` with squeeze-and-excitation (reduction ${reduction})`

/**
 * Scales the channels of a map by numbers that follow from all of them (Hu et al. 2018, §3): their means, a linear layer
 * to a `reduction`th of the channels, ReLU, a linear layer back, sigmoid. Layers are named as timm's: `<name>.fc1`,
 * `<name>.fc2` (which are 1×1 convolutions there).
 *
 * @param map the layer that gives the map, with its channels
 * @returns the layers; the last one gives the scaled map
 */
export function squeezeAndExcite(
  map: { readonly name: string; readonly channels: number },
  reduction: number,
  { name, label }: { readonly name: string; readonly label: string },
): readonly Layer[] {
  const gate = chain(
    [
      { kind: 'globalAveragePool', name: `${name}.pool`, label: `${label}/squeeze` },
      linear(`${name}.fc1`, `${label}/fc1`, Math.max(1, Math.round(map.channels / reduction))),
      relu(`${name}.relu`, `${label}/relu`),
      linear(`${name}.fc2`, `${label}/fc2`, map.channels),
      { kind: 'sigmoid', name: `${name}.sigmoid`, label: `${label}/sigmoid` },
    ],
    map.name,
  )
  const inputs = [map.name, gate.at(-1)!.name]
  return [...gate, { kind: 'scaleChannels', name: `${name}.scale`, label: `${label}/scale`, inputs }]
}
