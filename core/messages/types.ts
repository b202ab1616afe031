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
}

/** Texts by code, each from values of its own. */
export type Texts = Readonly<Record<string, (values: never) => Text>>

/** The values that a code's text is made of. */
export type ValuesOf<Catalog extends Texts, Code extends keyof Catalog> = Parameters<Catalog[Code]>[0]

/** The same catalog in another language: the same codes, made of the same values. */
export type Translated<Catalog extends Texts> = {
  readonly [Code in keyof Catalog]: (values: ValuesOf<Catalog, Code>) => Text
}

/** A setting of a recipe (`optimization.learningRate`) and the value that it should get. */
export interface SettingChange {
  readonly setting: string
  readonly value: string | number | boolean
}
