export function toReversed<Value>(values: readonly Value[]): Value[] {
  return [...values].reverse()
}

export function toSpliced<Value>(
  values: readonly Value[],
  start: number,
  count: number,
  ...items: Value[]
): Value[] {
  const copy = [...values]
  copy.splice(start, count, ...items)
  return copy
}

/** The chunks of a stream; leaving the loop early cancels it. */
export async function* iterate<Chunk>(stream: ReadableStream<Chunk>): AsyncGenerator<Chunk, void> {
  const reader = stream.getReader()
  let ended = false
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) {
        ended = true
        return
      }
      yield value
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined)
    reader.releaseLock()
  }
}
