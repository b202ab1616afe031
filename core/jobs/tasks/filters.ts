import type { Tensor } from '../../base/tensor.ts'
import {
  tileRanges,
  wholeRange,
  type NumberRange,
  type TileNormalization,
  type Tiles,
} from '../../image/tiles.ts'
import { buildNetwork } from '../../network/architectures/index.ts'
import type { Convolution, Network } from '../../network/types.ts'
import type { Id } from '../../registry/types.ts'
import { openCheckpoint } from '../context/checkpoints.ts'
import type { JobContext } from '../context/context.ts'

export interface FiltersInput {
  readonly run: string
  /** Default: best. */
  readonly checkpoint?: string | undefined
  /** Default: each filter by itself. */
  readonly normalization?: TileNormalization | undefined
}

/** Weights of the first convolution, as pictures: its three input channels are red, green and blue. */
export interface Filters {
  readonly run: Id
  readonly checkpoint: string
  /** Its name, and its label. */
  readonly layer: string
  readonly label: string
  readonly normalization: TileNormalization
  readonly tiles: Tiles
  /** What levels are made from, by filter: its own least and greatest weight, or those of all. */
  readonly ranges: readonly NumberRange[]
}

/** @throws StudioError those of openCheckpoint */
export async function firstFilters(
  context: JobContext,
  { run: reference, checkpoint: wanted, normalization = 'each' }: FiltersInput,
): Promise<Filters> {
  const run = context.registry.runs.get(reference)
  const { kind, checkpoint } = await openCheckpoint(context, run, wanted)
  const { name, label } = firstConvolution(buildNetwork(checkpoint.network))
  const tiles = filterTiles(checkpoint.state.weights.get(`${name}.weight`)!)
  const own = tileRanges(tiles)
  const ranges = normalization === 'each' ? own : own.map(() => wholeRange(own))
  return { run: run.id, checkpoint: kind, layer: name, label, normalization, tiles, ranges }
}

/** @param weight O×3×k×k */
export function filterTiles({ shape, data }: Tensor): Tiles {
  const [count, , height, width] = shape as [number, number, number, number]
  return { values: data, count, planes: 3, width, height }
}

function firstConvolution({ layers }: Network): Convolution {
  return layers.find((layer) => layer.kind === 'convolution' && layer.inputs[0] === 'input') as Convolution
}

/** Columns with which tiles make about a square, none of the rows empty. */
export const squareColumns = (count: number): number => Math.max(1, Math.ceil(Math.sqrt(count)))
