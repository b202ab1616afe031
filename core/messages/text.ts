import type { Fact, Text, Texts } from './types.ts'

/**
 * The text of a fact. What an earlier version stored as a sentence is that sentence, and so is what a code of a later
 * version says that this one does not know.
 */
export function textOf(texts: Texts, fact: Fact | (Text & { readonly code: string })): Text {
  if ('message' in fact) return sentence(fact)
  const make = texts[fact.code] as ((values: Fact['values']) => Text) | undefined
  if (make) return make(fact.values)
  return { message: `${fact.code}: ${JSON.stringify(fact.values)}` }
}

const sentence = ({ message, hint }: Text): Text =>
  hint === undefined || hint === null ? { message } : { message, hint }
