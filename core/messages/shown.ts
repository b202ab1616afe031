import type { Catalog } from './catalog.ts'
import { lineOf, textOf } from './text.ts'
import type { Fact, Stored, Text } from './types.ts'

/** Fields whose fact a person reads as one line. */
const lineFields = ['title', 'reason', 'remedy', 'explanation', 'example', 'sentence', 'basis'] as const
type LineField = (typeof lineFields)[number]

/** Data with texts in place of its facts, as the API and `--json` show them. */
export type Shown<Value> = Value extends { readonly code: string; readonly values: object }
  ? Shown<Omit<Value, 'values' | 'text'>> & Text
  : Value extends readonly unknown[]
    ? { readonly [Index in keyof Value]: Shown<Value[Index]> }
    : Value extends object
      ? { readonly [Key in keyof Value]: Key extends LineField ? Line<Value[Key]> : Shown<Value[Key]> }
      : Value

type Line<Value> = Value extends { readonly code: string } ? string : Shown<Value>

/**
 * Makes the texts of all facts in plain data: `{code, values}` becomes `{code, message, hint}`, and one line where it is
 * a title, a reason, a remedy, an explanation, an example, or what a difference means and rests on.
 */
export function shown<Value>(value: Value, texts: Catalog): Shown<Value> {
  return show(value, texts) as Shown<Value>
}

function show(value: unknown, texts: Catalog): unknown {
  if (Array.isArray(value)) return value.map((each) => show(each, texts))
  if (!isPlain(value)) return value
  const { values: _, text: __, ...rest } = value
  return Object.fromEntries([
    ...Object.entries(isFact(value) ? rest : value).map(([key, each]) => [
      key,
      isLineField(key) && isStored(each) ? lineOf(texts, each) : show(each, texts),
    ]),
    ...(isFact(value) ? Object.entries(textOf(texts, value)) : []),
  ])
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const isLineField = (key: string): key is LineField => (lineFields as readonly string[]).includes(key)

function isFact(value: unknown): value is Fact {
  return isPlain(value) && typeof value['code'] === 'string' && isPlain(value['values'])
}

const isStored = (value: unknown): value is Stored =>
  isFact(value) || (isPlain(value) && 'code' in value && 'message' in value)
