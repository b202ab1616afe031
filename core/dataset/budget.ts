/** A bound on what is in use at once; a request for more than is left waits for the others, in order. */
export interface Budget {
  hold<T>(amount: number, work: () => Promise<T>): Promise<T>
}

/** Bounds the pixels that are decoded at once. A single image larger than the bound runs alone. */
export function pixelBudget(pixels: number): Budget {
  let free = pixels
  const waiting: { readonly amount: number; start(): void }[] = []

  function startThoseThatFit(): void {
    while (waiting.length > 0 && waiting[0]!.amount <= free) {
      const first = waiting.shift()!
      free -= first.amount
      first.start()
    }
  }

  return {
    async hold(wanted, work) {
      const amount = Math.min(wanted, pixels)
      await new Promise<void>((start) => {
        waiting.push({ amount, start })
        startThoseThatFit()
      })
      try {
        return await work()
      } finally {
        free += amount
        startThoseThatFit()
      }
    },
  }
}
