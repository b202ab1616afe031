/** Places of a list that are picked, and the one from which a range is counted. */
export interface Picking {
  readonly picked: ReadonlySet<number>
  readonly anchor: number
}

export const nothingPicked: Picking = { picked: new Set(), anchor: 0 }

export interface Modifiers {
  /** Picks all from the anchor on. */
  readonly range: boolean
  /** Adds to what is picked, or takes away. */
  readonly toggle: boolean
}

/** What a click on a place, or a step of the keyboard to it, makes of what is picked. */
export function pickedBy({ picked, anchor }: Picking, index: number, { range, toggle }: Modifiers): Picking {
  if (range) {
    const kept = toggle ? [...picked] : []
    return { picked: new Set([...kept, ...rangeOf(anchor, index)]), anchor }
  }
  if (!toggle) return { picked: new Set([index]), anchor: index }
  const next = new Set(picked)
  if (!next.delete(index)) next.add(index)
  return { picked: next, anchor: index }
}

export function rangeOf(from: number, to: number): number[] {
  const first = Math.min(from, to)
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, at) => first + at)
}

export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export const boxOf = (a: { readonly x: number; readonly y: number }, b: typeof a): Box => ({
  left: Math.min(a.x, b.x),
  top: Math.min(a.y, b.y),
  right: Math.max(a.x, b.x),
  bottom: Math.max(a.y, b.y),
})

export interface Tiles {
  readonly columns: number
  /** Pixels from one tile to the next. */
  readonly width: number
  readonly height: number
  readonly count: number
}

/** The tiles that a box touches, in pixels from the list's upper left corner. */
export function tilesIn(box: Box, { columns, width, height, count }: Tiles): number[] {
  const first = Math.max(0, Math.floor(box.left / width))
  const last = Math.min(columns - 1, Math.floor(box.right / width))
  const found: number[] = []
  for (let row = Math.max(0, Math.floor(box.top / height)); row <= Math.floor(box.bottom / height); row++) {
    if (row * columns >= count) break
    for (let column = first; column <= last; column++)
      if (row * columns + column < count) found.push(row * columns + column)
  }
  return found
}
