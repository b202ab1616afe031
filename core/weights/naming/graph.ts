import type { GraphLayer } from '../readers/types.ts'
import type { SourceLayer, SourceLayers } from './types.ts'

/** Layers of a graph by their position in it, whatever their names. */
export function graphNaming(graph: readonly GraphLayer[]): SourceLayers | null {
  const ofKind = (kind: GraphLayer['kind']): SourceLayer[] =>
    graph
      .filter((layer) => layer.kind === kind)
      .map(({ tensors: { weight, ...others }, transposed, channelsLast, pools }) => ({
        name: weight!.name,
        tensors: { weight: weight!, ...others },
        layout: { outputsLast: transposed, channelsLast },
        pools,
      }))
  const convolutions = ofKind('convolution')
  if (convolutions.length === 0) return null
  return { convolutions, norms: ofKind('batchNorm'), linears: ofKind('linear') }
}
