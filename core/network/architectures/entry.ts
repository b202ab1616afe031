import type * as z from 'zod'
import type { OrderedAdvice } from '../../messages/types.ts'
import type { InitializationScheme } from '../initializationScheme.ts'
import type { Initialization } from '../initialize.ts'
import type { Network } from '../types.ts'
import type { Config, Family } from './names.ts'
import type { Head, Variant } from './settings.ts'

/** The part of a spec that all families share. */
export interface BaseSpec {
  readonly family: Family
  readonly config: Config
}

/** Everything that the studio knows about a family of networks. Nobody outside this folder knows a family. */
export interface Architecture<Spec extends BaseSpec> {
  readonly family: Spec['family']
  /** Display text: `VGG`. */
  readonly title: string
  /** Schema of a network in recipes, checkpoints and the API: strict, with a default for each setting. */
  readonly schema: z.ZodObject & z.ZodType<Spec>
  readonly crop: Crop
  /** @param crop side of the square input, pixels; the spec is valid and the crop at least `crop.least` */
  readonly build: (spec: Spec, classes: number, crop: number) => Network
  /** Full display name of a network: `VGG A with batch normalization`. */
  readonly titleOf: (spec: Spec) => string
  /** Short name for files and runs: `A-bn`. */
  readonly shortName: (spec: Spec) => string
  /** Its channels over those of the family's own networks, 1 where they cannot be chosen. */
  readonly widthOf: (spec: Spec) => number
  /** How torchvision's builder of this family draws its initial weights. */
  readonly torchvision: InitializationScheme
  /** Default initialization of a recipe's initial weights. */
  readonly defaultInitialization: (spec: Spec) => Initialization
  /** What staged training copies from a shallower network of the family; null where nothing is. */
  readonly staged: Staged | null
  /** Models of other libraries with the same layers. torchvision names parameters as we do. */
  readonly externalNames: {
    readonly torchvision: ExternalNames<Spec>
    readonly timm?: ExternalNames<Spec> & {
      readonly parameter: (spec: Spec, own: NamedShape) => NamedShape
    }
  }
  /** Settings of the layers behind the last map, which a new head may have otherwise. */
  readonly headSettings: readonly string[]
  /** The spec with a head of one linear layer on the mean of the last map; unchanged if it already has one. */
  readonly linearHead: (spec: Spec) => Spec
  /**
   * Settings that follow from the layers of a file, whatever their names; null if no network of the family has such
   * layers. Null itself where the order of layers does not make the network: there `ofNames` tells.
   */
  readonly ofFile: ((found: FileLayers) => Partial<Spec> | null) | null
  /**
   * What the tensors of a file are that are named by modules, as PyTorch's libraries name them; null where they are of no
   * network of the family, and for families whose files are told by the order of their layers.
   */
  readonly ofNames: (tensors: NamedShapes) => NamedNetwork<Spec> | null
  /**
   * Settings of the head that follow from a file's hidden linear layers, given their widths from the last map on; null if the
   * family has no such head.
   */
  readonly ofHead: (hidden: readonly number[]) => Partial<Spec> | null
  /** The family's defaults for recipes, over those of all recipes. */
  readonly recipe: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Configurations that share the card of another one in the window. */
  readonly cards: Readonly<Partial<Record<Config, Config>>>
  /** Its settings in the window, in order. */
  readonly settings: readonly SettingField[]
  /** Ways to make a network take less memory; each step costs more accuracy than the one before. */
  readonly savings: Savings<Spec>
  /** Advice for a network that learns nothing, and for one that overfits: the likeliest first. */
  readonly advice: FamilyAdvice<Spec>
}

export interface Crop {
  readonly usual: number
  /** Smallest crop of which poolings leave anything. */
  readonly least: number
  /** Crops of least + n · step lose no pixels at the borders of pooling. */
  readonly step: number
}

export interface Staged {
  /** What each layer is for, whatever its name: layers of the same role in two networks correspond. */
  readonly roles: (network: Network) => ReadonlyMap<string, string>
  /** Names of the layers that are copied from this network. */
  readonly copied: (network: Network) => ReadonlySet<string>
}

export type Library = keyof Architecture<never>['externalNames']

/** A parameter as a file has it. */
export interface NamedShape {
  readonly name: string
  readonly shape: readonly number[]
}

export interface ExternalNames<Spec> {
  /** The library's model of the same layers: `vgg16_bn`; null where it has none. */
  readonly model: (spec: Spec) => string | null
  /** What its constructor has to be told besides the number of classes. */
  readonly settings?: readonly string[]
}

/** Shapes of a file's tensors by its own names, without what wrappers put before them. */
export type NamedShapes = ReadonlyMap<string, { readonly shape: readonly number[] }>

/** A network that a file names module by module. */
export interface NamedNetwork<Spec> {
  readonly settings: Partial<Spec> & Pick<Spec, 'config' & keyof Spec>
  /** The file's name of a parameter of ours. */
  readonly nameOf: (parameter: string) => string
}

/** A setting of a network as a form shows it; its label is the window's text `network.<setting>`. */
export type SettingField = { readonly setting: string } & (
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly options: readonly (Head | Variant)[] }
  | {
      readonly kind: 'number'
      readonly min: number
      readonly max: number | null
      readonly step: number | null
      /** Whether it may be null. */
      readonly optional?: boolean
    }
)

/** What files of weights say before anything is known about their network. */
export interface FileLayers {
  /** Batch normalization follows the convolutions. */
  readonly isNormalized: boolean
  /** Channels of the first convolution over those of the family's own one. */
  readonly width: number
}

export interface Savings<Spec> {
  /** Settings that can be lowered, the most helpful first. */
  readonly settings: readonly string[]
  /** Narrower layers behind the last map. */
  readonly classifier: (spec: Spec) => readonly Spec[]
  /** Fewer channels everywhere. */
  readonly channels: (spec: Spec) => readonly Spec[]
}

export interface FamilyAdvice<Spec> {
  readonly stuck: (spec: Spec, situation: { readonly fromScratch: boolean }) => OrderedAdvice
  readonly overfitting: (spec: Spec) => OrderedAdvice
}
