/** What a person reads: what happened, naming the file or field, and what to do about it. */
export interface Text {
  readonly message: string
  readonly hint?: string
}

/** Plain JSON that a sentence is made of. */
export type Values = Readonly<Record<string, unknown>>

/** What is stored and sent between processes: never a sentence. Its code says which text is made of its values. */
export interface Fact {
  readonly code: string
  readonly values: Values
  /** Another text than the code's own: one around the text of `values.problem`, which has this code. */
  readonly text?: string
}

/** A fact, or the sentence that an earlier version stored in its place. */
export type Stored = Fact | (Text & { readonly code: string })

/** A text as a catalog makes it. */
export interface Draft {
  readonly message: string
  readonly hint?: string | null | undefined
}

/** Makes the text of a fact that is among the values of another, in the same language. */
export type TextOfFact = (fact: Stored) => Text

/** Texts by code, each from values of its own. */
export type Texts = Readonly<Record<string, (values: never, say: TextOfFact) => Draft>>

/** The values that a code's text is made of; none where the text is always the same. */
export type ValuesOf<Catalog extends Texts, Code extends keyof Catalog> =
  Parameters<Catalog[Code]> extends readonly []
    ? Readonly<Record<string, never>>
    : Parameters<Catalog[Code]>[0]

/** The same catalog in another language: the same codes, made of the same values. */
export type Translated<Catalog extends Texts> = {
  readonly [Code in keyof Catalog]: (values: ValuesOf<Catalog, Code>, say: TextOfFact) => Draft
}

/** A setting of a recipe (`optimization.learningRate`) and the value that it should get. */
export interface SettingChange {
  readonly setting: string
  readonly value: string | number | boolean
}
