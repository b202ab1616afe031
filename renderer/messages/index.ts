import { en } from './en.ts'

/** A catalog in another language has the same keys, and functions that take the same values. */
type Catalog<Entry> = Entry extends (...values: infer Values) => infer Text
  ? (...values: Values) => Catalog<Text>
  : Entry extends string
    ? string
    : { readonly [Key in keyof Entry]: Catalog<Entry[Key]> }
export type Messages = Catalog<typeof en>

/** Every text that the window shows. */
export const m: Messages = en
