/** What a person reads: what happened, naming the file or field, and what to do about it. */
export interface Text {
  readonly message: string
  readonly hint?: string
}

/** Plain JSON that a sentence is made of: named values. */
export type Values = object

/** What is stored and sent between processes: never a sentence. Its code says which text is made of its values. */
export interface Fact {
  readonly code: string
  readonly values: Values
  /** Another text than the code's own: one around the text of `values.problem`, which has this code. */
  readonly text?: string
}

/** A fact, or the sentence that an earlier version stored in its place. */
export type Stored = Fact | (Text & { readonly code: string })

/** Why something is so: a fact, or the sentence that an earlier version stored in its place. */
export type Reason = Stored | string

/** A text as a catalog makes it. */
export interface Draft {
  readonly message: string
  readonly hint?: string | null | undefined
}

/** Makes the text of a fact that is among the values of another, in the same language. */
export type TextOfFact = (fact: Stored | string) => Text

/** Texts by code, each from values of its own. */
export type Texts = Readonly<Record<string, (values: never, say: TextOfFact) => Draft>>

/** The values that a code's text is made of; none where the text is always the same. */
export type ValuesOf<Catalog extends Texts, Code extends keyof Catalog> =
  Parameters<Catalog[Code]> extends readonly []
    ? Readonly<Record<string, never>>
    : Parameters<Catalog[Code]>[0]

/** Facts that a catalog has texts for. */
export type FactOf<Catalog extends Texts, Code extends keyof Catalog & string = keyof Catalog & string> = {
  readonly [Each in Code]: { readonly code: Each; readonly values: ValuesOf<Catalog, Each> }
}[Code]

/** The same catalog in another language: the same codes, made of the same values. */
export type Translated<Catalog extends Texts> = {
  readonly [Code in keyof Catalog]: (values: ValuesOf<Catalog, Code>, say: TextOfFact) => Draft
}

/** Something to try where a network learns nothing, or learns its training images by heart. */
/** Why a network may not leave chance. */
export type StuckCause = 'initialization' | 'rate-low' | 'rate-high' | 'labels'

export type Advice =
  | {
      readonly what:
        | 'batch-normalization'
        | 'he-initialization'
        | 'standardize'
        | 'flips'
        | 'dropout'
        | 'label-smoothing'
        | 'smaller-network'
        | 'look-at-labels'
    }
  | { readonly what: 'trained-start'; readonly config: string }
  | { readonly what: 'more-updates'; readonly stepsPerEpoch: number }
  | { readonly what: 'other-rate'; readonly rates: readonly [number, number] }
  | { readonly what: 'scale-jitter'; readonly scale: readonly [number, number] }

/** What is wrong with an evaluation's protocol. */
export type ProtocolFault =
  | { readonly fault: 'field'; readonly field: string; readonly expected: Reason | null }
  | { readonly fault: 'crop'; readonly crop: number; readonly height: number; readonly width: number }
  | { readonly fault: 'no-scale' }
  | {
      readonly fault: 'small-scale'
      readonly index: number
      readonly scale: number
      readonly crop: number
      readonly isDense: boolean
    }

/** What is wrong with a setting of a recipe. */
export type SettingProblem = {
  /** `optimization.learningRate`; empty: the whole recipe. */
  readonly path: string
} & (
  | {
      readonly expectation: Reason
      /** As JSON; null where the expectation tells it, or it is none or a group. */
      readonly given: string | null
    }
  | {
      /** Paths that are no settings, and the names of those that are. */
      readonly unknown: readonly string[]
      readonly known: readonly string[]
    }
)

/** What a family of networks advises, around the general advice. */
export interface OrderedAdvice {
  /** Advice that comes before the general advice; `later` comes after it. */
  readonly first: readonly Advice[]
  readonly later: readonly Advice[]
}

/** What is unlikely about a setting. */
export type Implausible =
  | { readonly what: 'rate'; readonly value: number; readonly usual: number }
  | { readonly what: 'batch'; readonly value: number; readonly images: number }
  | { readonly what: 'momentum' | 'decay' | 'smoothing'; readonly value: number }
  /** Pixels. */
  | { readonly what: 'scale'; readonly value: number; readonly crop: number }

/** Why a setting can do nothing in a run of its epochs. */
export type NoEffect = { readonly epochs: number } & (
  | { readonly what: 'warmup'; readonly warmup: number }
  | { readonly what: 'step'; readonly every: number }
  | { readonly what: 'one-epoch' | 'no-drops' | 'same-rate' }
  | { readonly what: 'plateau' | 'early-stop'; readonly patience: number }
  | { readonly what: 'checkpoints'; readonly every: number }
)

/** What TensorFlow, which is not installed, would make possible. */
export type TensorflowRemedy = { readonly on: 'gpu' } | { readonly on: 'cpu'; readonly precision: string }

/** A setting of a recipe (`optimization.learningRate`) and the value that it should get. */
export interface SettingChange {
  readonly setting: string
  readonly value: string | number | boolean
}
