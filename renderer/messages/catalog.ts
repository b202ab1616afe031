/** A catalog in another language has the same keys, and functions that take the same values. */
export type Catalog<Entry> = Entry extends (...values: infer Values) => infer Text
  ? (...values: Values) => Catalog<Text>
  : Entry extends string
    ? string
    : { readonly [Key in keyof Entry]: Catalog<Entry[Key]> }
