import type { Tensors } from '../../base/tensor.ts'
import type { Library, NamedShape } from './entry.ts'
import { entryOf, type NetworkSpec } from './index.ts'

/** A model of another library that has a network's layers, and how that library has its parameters. */
export interface LibraryModel {
  readonly library: Library
  /** `legacy_seresnet50` */
  readonly model: string
  readonly parameter: (own: NamedShape) => NamedShape
}

/** torchvision's before timm's. */
export function libraryModels(spec: NetworkSpec): readonly LibraryModel[] {
  const { torchvision, timm } = entryOf(spec).externalNames
  const all = [
    { library: 'torchvision', model: torchvision.model(spec), parameter: (own: NamedShape) => own },
    {
      library: 'timm',
      model: timm?.model(spec) ?? null,
      parameter: (own: NamedShape) => timm!.parameter(spec, own),
    },
  ] as const
  return all.flatMap(({ model, ...rest }) => (model === null ? [] : [{ model, ...rest }]))
}

/** Weights with the library's names and shapes; no value is copied. */
export const libraryTensors = ({ parameter }: LibraryModel, weights: Tensors): Tensors =>
  new Map(
    [...weights].map(([name, { shape, data }]) => {
      const theirs = parameter({ name, shape })
      return [theirs.name, { shape: theirs.shape, data }]
    }),
  )
