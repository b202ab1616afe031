/**
 * p-values adjusted for several comparisons at once, in the order given: the chance of even one false finding among
 * them stays below the level that each is held against (Holm 1979, step-down; statsmodels `multipletests`, 'holm').
 */
export function holm(pValues: readonly number[]): readonly number[] {
  const order = [...pValues.keys()].sort((a, b) => pValues[a]! - pValues[b]!)
  const adjusted = new Array<number>(pValues.length)
  let highest = 0
  order.forEach((index, place) => {
    highest = Math.max(highest, Math.min(1, pValues[index]! * (pValues.length - place)))
    adjusted[index] = highest
  })
  return adjusted
}
