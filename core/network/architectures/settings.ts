import * as z from 'zod'
import { saying } from '../../base/issues.ts'
import type { OrderedAdvice } from '../../messages/types.ts'
import { dropoutLinks, linear, relu, type Link } from '../chain.ts'

/** Settings that several families have, with the words for what they must be. Each has its default. */

export const onOff = (usual: boolean) => z.boolean().default(usual)

const fraction = saying({ code: 'must-be-a-fraction', values: {} })
const dropoutRate = z.number({ error: fraction }).min(0, fraction).lt(1, fraction)

export const dropout = dropoutRate.default(0.5)
/** Null: as the configuration has it. */
export const optionalDropout = dropoutRate.nullable().default(null)

export const wholeFrom = (least: number): string => saying({ code: 'must-be-whole-from', values: { least } })
export const fcWidth = z
  .int({ error: wholeFrom(1) })
  .min(1, wholeFrom(1))
  .max(65_536)
  .default(4096)

const positive = saying({ code: 'must-be-positive', values: {} })
export const widthMultiplier = z.number({ error: positive }).gt(0, positive).max(16).default(1)

/**
 * What stands behind the last map: `fc`, the paper's three FC layers; `linear`, one linear layer on the map's mean over
 * space; `narrow`, one hidden layer of 256 between the two.
 */
const heads = ['fc', 'linear', 'narrow'] as const
export type Head = (typeof heads)[number]
export const head = z.enum(heads).default(heads[0])

const narrowWidth = 256

/**
 * The layers behind the last map; the last of them gives the logits.
 * @param fc those of the paper's head
 */
export function headOf(
  { head: kind, dropout: rate }: { readonly head: Head; readonly dropout: number },
  classes: number,
  fc: readonly Link[],
): readonly Link[] {
  if (kind === 'fc') return fc
  const names = { pool: 'pool', linear: 'classifier.0', narrow: 'classifier' }
  return pooledHead(kind, classes, names, { dropout: rate })
}

/** What stands behind the last map where the paper's own head is one linear layer on the map's mean over space. */
const pooledHeads = ['linear', 'narrow'] as const
export const ownPooledHead = z.enum(pooledHeads).default(pooledHeads[0])

/**
 * One linear layer on the map's mean over space, or two.
 * @param names of the pooling, of the only linear layer, and of the sequence of several layers
 * @param rates of dropping the hidden values, and the mean that goes into the first layer
 */
export function pooledHead(
  kind: (typeof pooledHeads)[number],
  classes: number,
  names: { readonly pool: string; readonly linear: string; readonly narrow: string },
  { dropout, before = 0 }: { readonly dropout: number; readonly before?: number },
): readonly Link[] {
  const pool: Link = { kind: 'globalAveragePool', name: names.pool, label: 'average' }
  const input = [pool, ...dropoutLinks('dropout', 'dropout', before)]
  if (kind === 'linear') return [...input, linear(names.linear, 'fc', classes)]
  return [
    ...input,
    linear(`${names.narrow}.0`, 'fc1', narrowWidth),
    relu(`${names.narrow}.1`, 'relu'),
    ...dropoutLinks(`${names.narrow}.2`, 'dropout', dropout),
    linear(`${names.narrow}.3`, 'fc2', classes),
  ]
}

export const ownPooledHeadField = { setting: 'head', kind: 'choice', options: pooledHeads } as const

/** The end of a network's title; empty for the paper's head. */
export const headTitle = (kind: Head, usual: Head = 'fc'): string =>
  kind === usual ? '' : ` with a ${kind} head`

/**
 * Two ways in which some networks are built: `torchvision`, as its models are; `paper`, as in the paper and in its
 * authors' Caffe models.
 */
export const variants = ['torchvision', 'paper'] as const
export type Variant = (typeof variants)[number]

/** Scales the channels that a layer has in the paper by the width multiplier. */
export const scaled = (channels: number, multiplier: number): number =>
  Math.max(1, Math.round(channels * multiplier))

const shares = { fcWidth: [1 / 2, 1 / 4, 1 / 8, 1 / 16], widthMultiplier: [3 / 4, 1 / 2, 1 / 4, 1 / 8] }

/** Narrower FC layers, down to 64. */
export function narrower<Spec extends { readonly fcWidth: number; readonly head: Head }>(
  spec: Spec,
): readonly Spec[] {
  if (spec.head !== 'fc') return []
  return shares.fcWidth
    .map((share) => Math.floor(spec.fcWidth * share))
    .filter((width) => width >= 64)
    .map((width) => ({ ...spec, fcWidth: width }))
}

export function thinner<Spec extends { readonly widthMultiplier: number }>(spec: Spec): readonly Spec[] {
  return shares.widthMultiplier.map((share) => ({ ...spec, widthMultiplier: spec.widthMultiplier * share }))
}

export const widthMultiplierField = {
  setting: 'widthMultiplier',
  kind: 'number',
  min: 0.01,
  max: null,
  step: null,
} as const

export const dropoutField = { setting: 'dropout', kind: 'number', min: 0, max: 0.95, step: 0.05 } as const

export const classifierFields = [
  { setting: 'head', kind: 'choice', options: heads },
  widthMultiplierField,
  { setting: 'fcWidth', kind: 'number', min: 1, max: null, step: 1 },
  dropoutField,
] as const

/** The paper's head: two hidden layers of one width. */
export const ofHead = ([first, second, ...more]: readonly number[]) =>
  first !== undefined && first === second && more.length === 0 ? { fcWidth: first } : null

export const savingSettings = ['fcWidth', 'widthMultiplier']

/** Advice against overfitting for networks that end in wide FC layers. */
export const regularization = ({ dropout: rate }: { readonly dropout: number }): OrderedAdvice => ({
  first: rate < 0.5 ? [{ what: 'dropout' }] : [],
  later: [{ what: 'smaller-network' }],
})
