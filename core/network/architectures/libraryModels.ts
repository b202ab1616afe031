import type { Tensors } from '../../base/tensor.ts'
import type { Library, NamedShape } from './entry.ts'
import { parameters } from '../parameters.ts'
import { withoutAuxiliary } from '../withoutAuxiliary.ts'
import {
  buildNetwork,
  entryOf,
  networkSpec,
  type NetworkInput,
  type NetworkOptions,
  type NetworkSpec,
} from './index.ts'

/** A model of another library that has a network's layers, and how that library has its parameters. */
export interface LibraryModel {
  readonly library: Library
  /** `legacy_seresnet50` */
  readonly model: string
  /** What its constructor has to be told besides the number of classes: `aux_logits=False`. */
  readonly settings: readonly string[]
  readonly parameter: (own: NamedShape) => NamedShape
}

/** torchvision's before timm's. */
export function libraryModels(spec: NetworkSpec): readonly LibraryModel[] {
  const { torchvision, timm } = entryOf(spec).externalNames
  const all = [
    {
      library: 'torchvision',
      model: torchvision.model(spec),
      settings: torchvision.settings ?? [],
      parameter: (own: NamedShape) => own,
    },
    {
      library: 'timm',
      model: timm?.model(spec) ?? null,
      settings: timm?.settings ?? [],
      parameter: (own: NamedShape) => timm!.parameter(spec, own),
    },
  ] as const
  return all.flatMap(({ model, ...rest }) => (model === null ? [] : [{ model, ...rest }]))
}

/**
 * The library's model that has every parameter of a network in its own size, and so loads its weights strictly; null where
 * there is none, as with narrower layers, or a crop that leaves other maps in front of the classifier.
 */
export function loadingModel(options: NetworkOptions): LibraryModel | null {
  const { classes, crop: _, ...spec } = options
  const usual = { ...spec, crop: entryOf(spec).crop.usual, classes }
  const sizes = ['widthMultiplier', 'fcWidth']
  const plain = Object.fromEntries(Object.entries(spec).filter(([name]) => !sizes.includes(name)))
  const theirs = { ...usual, ...networkSpec(plain as NetworkInput) }
  return shapesOf(theirs) === shapesOf(options) ? (libraryModels(spec)[0] ?? null) : null
}

const shapesOf = (options: NetworkOptions): string =>
  JSON.stringify(parameters(withoutAuxiliary(buildNetwork(options))).map(({ name, shape }) => [name, shape]))

/** Weights with the library's names and shapes; no value is copied. */
export const libraryTensors = ({ parameter }: LibraryModel, weights: Tensors): Tensors =>
  new Map(
    [...weights].map(([name, { shape, data }]) => {
      const theirs = parameter({ name, shape })
      return [theirs.name, { shape: theirs.shape, data }]
    }),
  )
