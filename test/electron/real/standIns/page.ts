/** What Chrome 108 lacks of what the window's page uses. */
import { iterate, toReversed, toSpliced } from './lacking.ts'

function lend(target: object, members: Record<PropertyKey, unknown>): void {
  for (const name of Reflect.ownKeys(members)) {
    if (!(name in target)) Object.defineProperty(target, name, { value: members[name], configurable: true })
  }
}

lend(Array.prototype, {
  toReversed(this: unknown[]) {
    return toReversed(this)
  },
  toSpliced(
    this: unknown[],
    ...args: Parameters<typeof toSpliced> extends [unknown, ...infer Rest] ? Rest : never
  ) {
    return toSpliced(this, ...args)
  },
})
lend(ReadableStream.prototype, {
  [Symbol.asyncIterator](this: ReadableStream<unknown>) {
    return iterate(this)
  },
})
