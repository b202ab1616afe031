import type { Draft, Stored, Text, TextOfFact, Texts, Values, ValuesOf } from './types.ts'

/**
 * The text of a fact. What an earlier version stored as a sentence is that sentence, and so is what a code of a later
 * version says that this one does not know.
 */
export function textOf(texts: Texts, fact: Stored | string): Text {
  if (typeof fact === 'string') return { message: fact }
  if (!('values' in fact)) return textFrom(fact)
  const key = fact.text ?? fact.code
  const make = Object.hasOwn(texts, key) ? texts[key] : undefined
  if (!make && 'message' in fact) return textFrom(fact as Text)
  if (!make) return { message: `${fact.code}: ${JSON.stringify(fact.values)}` }
  return textFrom(
    (make as (values: Values, say: TextOfFact) => Draft)(fact.values, (inner) => textOf(texts, inner)),
  )
}

const textFrom = ({ message, hint }: Draft): Text =>
  hint === undefined || hint === null ? { message } : { message, hint }

/** A text that is always the same. */
export const fixedText =
  (message: string, hint?: string): (() => Draft) =>
  () => ({ message, hint })

/** The values of a code that has several texts: `what` says which. */
export type VariantValues<Table extends Texts> = {
  [What in keyof Table & string]: Parameters<Table[What]> extends readonly []
    ? { readonly what: What }
    : { readonly what: What } & ValuesOf<Table, What>
}[keyof Table & string]

/** One code with several texts. */
export const variants =
  <Table extends Texts>(table: Table) =>
  (values: VariantValues<Table>, say: TextOfFact): Draft =>
    (table[values.what]! as (values: VariantValues<Table>, say: TextOfFact) => Draft)(values, say)

/** A text where there is one line for it. */
export const oneLine = ({ message, hint }: Draft): string => (hint ? `${message} ${hint}` : message)

/** The text of a fact where there is one line for it. */
export const lineOf = (texts: Texts, fact: Stored | string): string => oneLine(textOf(texts, fact))
