import { extname } from 'node:path'
import type { ImageFormat, ImageInfo } from '../image/types.ts'
import type { DatasetImage } from './types.ts'

/** Percentiles, nearest rank. */
export interface Distribution {
  readonly min: number
  readonly p5: number
  readonly p25: number
  readonly median: number
  readonly p75: number
  readonly p95: number
  readonly max: number
}

/** Values from `from` up to and without `to`; null is unbounded. */
export interface Bin {
  readonly from: number | null
  readonly to: number | null
  readonly count: number
}

export interface ImageFacts {
  /** Pixels, as seen. */
  readonly sizes: {
    readonly width: Distribution
    readonly height: Distribution
    readonly shorterSide: Distribution
    /** Bins of the shorter side. */
    readonly bins: readonly Bin[]
  }
  /** Width over height. */
  readonly aspectRatios: Distribution & { readonly bins: readonly Bin[] }
  readonly formats: Readonly<Partial<Record<ImageFormat, number>>>
  readonly colorModes: Readonly<Partial<Record<ImageInfo['colorMode'], number>>>
  readonly withAlpha: number
  readonly with16Bits: number
  /** Files whose extension says another format than their content, by which they are read. */
  readonly misnamed: readonly { readonly path: string; readonly format: ImageFormat }[]
}

const sideEdges = [32, 64, 128, 224, 256, 384, 512, 1024, 2048, 4096]
const ratioEdges = [1 / 3, 1 / 2, 2 / 3, 4 / 5, 5 / 4, 3 / 2, 2, 3]

export function imageFacts(images: readonly DatasetImage[]): ImageFacts {
  const infos = images.map(({ info }) => info)
  const shorter = infos.map(({ width, height }) => Math.min(width, height))
  const ratios = infos.map(({ width, height }) => width / height)
  return {
    sizes: {
      width: distribution(infos.map(({ width }) => width)),
      height: distribution(infos.map(({ height }) => height)),
      shorterSide: distribution(shorter),
      bins: histogram(shorter, sideEdges),
    },
    aspectRatios: { ...distribution(ratios), bins: histogram(ratios, ratioEdges) },
    formats: tally(infos.map(({ format }) => format)),
    colorModes: tally(infos.map(({ colorMode }) => colorMode)),
    withAlpha: infos.filter(({ alpha }) => alpha).length,
    with16Bits: infos.filter(({ bits }) => bits === 16).length,
    misnamed: images.filter(isMisnamed).map(({ path, info }) => ({ path, format: info.format })),
  }
}

function distribution(values: readonly number[]): Distribution {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  return {
    min: at(0),
    p5: at(0.05),
    p25: at(0.25),
    median: at(0.5),
    p75: at(0.75),
    p95: at(0.95),
    max: at(1),
  }
}

function histogram(values: readonly number[], edges: readonly number[]): Bin[] {
  const counts = new Array<number>(edges.length + 1).fill(0)
  for (const value of values) counts[edges.filter((edge) => value >= edge).length]!++
  return counts.map((count, index) => ({ from: edges[index - 1] ?? null, to: edges[index] ?? null, count }))
}

function tally<Key extends string>(keys: readonly Key[]): Partial<Record<Key, number>> {
  const counts: Partial<Record<Key, number>> = {}
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1
  return counts
}

const extensions: Readonly<Record<string, ImageFormat>> = {
  jpg: 'jpeg',
  jpeg: 'jpeg',
  jpe: 'jpeg',
  jfif: 'jpeg',
  png: 'png',
  webp: 'webp',
  gif: 'gif',
  tif: 'tiff',
  tiff: 'tiff',
  avif: 'avif',
}

function isMisnamed({ path, info }: DatasetImage): boolean {
  const extension = extname(path).slice(1).toLowerCase()
  return extensions[extension] !== info.format
}
