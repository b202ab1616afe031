import type { Confusion } from '../../logic/confusion.ts'
import { rowTotal } from '../../logic/confusion.ts'

export interface MatrixLook {
  readonly confusion: Confusion
  readonly names: readonly string[]
  /** Class indices in drawing order. */
  readonly shown: readonly number[]
  /** Side of a cell, CSS pixels; so are all lengths here. */
  readonly cell: number
  /** For the names, left and above. */
  readonly margin: number
  readonly width: number
  readonly height: number
  readonly scroll: { readonly left: number; readonly top: number }
  /** Images in the largest cell off the diagonal. */
  readonly most: number
  readonly inPercent: boolean
  readonly chosen: { readonly truth: number | undefined; readonly predicted: number | undefined }
  readonly pointed: { readonly truth: number; readonly predicted: number } | null
  readonly colors: Readonly<
    Record<'ink' | 'faint' | 'line' | 'surface' | 'error' | 'right' | 'accent', string>
  >
}

/** Only what is in sight is drawn: with 200 classes and more every frame stays short. */
export function drawMatrix(canvas: HTMLCanvasElement, look: MatrixLook): void {
  const scale = devicePixelRatio
  canvas.width = Math.round(look.width * scale)
  canvas.height = Math.round(look.height * scale)
  const context = canvas.getContext('2d')!
  context.scale(scale, scale)
  context.save()
  context.beginPath()
  context.rect(look.margin, look.margin, look.width - look.margin, look.height - look.margin)
  context.clip()
  drawCells(context, look)
  drawMarks(context, look)
  context.restore()
  drawNames(context, look)
}

const inSight = (look: MatrixLook, offset: number, size: number): [number, number] => [
  Math.max(0, Math.floor(offset / look.cell)),
  Math.min(look.shown.length - 1, Math.floor((offset + size - look.margin) / look.cell)),
]

const left = (look: MatrixLook, column: number): number => look.margin + column * look.cell - look.scroll.left
const top = (look: MatrixLook, row: number): number => look.margin + row * look.cell - look.scroll.top

function drawCells(context: CanvasRenderingContext2D, look: MatrixLook): void {
  const [firstRow, lastRow] = inSight(look, look.scroll.top, look.height)
  const [firstColumn, lastColumn] = inSight(look, look.scroll.left, look.width)
  const gap = look.cell > 8 ? 1 : 0
  for (let row = firstRow; row <= lastRow; row++) {
    const truth = look.shown[row]!
    const total = rowTotal(look.confusion, truth)
    for (let column = firstColumn; column <= lastColumn; column++) {
      const value = look.confusion[truth]![look.shown[column]!]!
      const right = row === column
      const strength = right ? value / Math.max(1, total) : Math.sqrt(value / look.most)
      context.globalAlpha = value === 0 ? 0.16 : 0.14 + 0.86 * strength
      context.fillStyle = value === 0 ? look.colors.line : right ? look.colors.right : look.colors.error
      context.fillRect(left(look, column), top(look, row), look.cell - gap, look.cell - gap)
      if (value > 0 && look.cell >= 22) drawCount(context, look, { row, column, value, total, strength })
    }
  }
  context.globalAlpha = 1
}

function drawCount(
  context: CanvasRenderingContext2D,
  look: MatrixLook,
  at: { row: number; column: number; value: number; total: number; strength: number },
): void {
  const text = look.inPercent
    ? String(Math.round((100 * at.value) / Math.max(1, at.total)))
    : String(at.value)
  if (text.length * 7 > look.cell) return
  context.globalAlpha = 1
  context.fillStyle = at.strength > 0.5 ? look.colors.surface : look.colors.ink
  context.font = `${Math.min(13, Math.max(10, look.cell / 3))}px system-ui, sans-serif`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(text, left(look, at.column) + look.cell / 2, top(look, at.row) + look.cell / 2)
}

function drawMarks(context: CanvasRenderingContext2D, look: MatrixLook): void {
  const row = look.shown.indexOf(look.pointed?.truth ?? -1)
  const column = look.shown.indexOf(look.pointed?.predicted ?? -1)
  context.strokeStyle = look.colors.faint
  if (row >= 0 && column >= 0) {
    context.strokeRect(
      look.margin,
      top(look, row),
      left(look, column) + look.cell - look.margin,
      look.cell - 1,
    )
    context.strokeRect(
      left(look, column),
      look.margin,
      look.cell - 1,
      top(look, row) + look.cell - look.margin,
    )
  }
  const chosenRow = look.shown.indexOf(look.chosen.truth ?? -1)
  const chosenColumn = look.shown.indexOf(look.chosen.predicted ?? -1)
  context.strokeStyle = look.colors.accent
  context.lineWidth = 2
  const size = look.shown.length * look.cell
  if (chosenRow >= 0 && chosenColumn >= 0)
    context.strokeRect(left(look, chosenColumn), top(look, chosenRow), look.cell - 1, look.cell - 1)
  else if (chosenRow >= 0) context.strokeRect(left(look, 0), top(look, chosenRow), size, look.cell - 1)
  else if (chosenColumn >= 0) context.strokeRect(left(look, chosenColumn), top(look, 0), look.cell - 1, size)
  context.lineWidth = 1
}

function drawNames(context: CanvasRenderingContext2D, look: MatrixLook): void {
  if (look.cell < 10) return
  context.font = `${Math.min(12, Math.max(9, look.cell - 2))}px system-ui, sans-serif`
  context.textBaseline = 'middle'
  const room = look.margin - 10
  const [firstRow, lastRow] = inSight(look, look.scroll.top, look.height)
  for (let row = firstRow; row <= lastRow; row++) {
    const truth = look.shown[row]!
    const y = top(look, row) + look.cell / 2
    if (y < look.margin) continue
    context.fillStyle =
      truth === look.pointed?.truth || truth === look.chosen.truth ? look.colors.ink : look.colors.faint
    context.textAlign = 'right'
    context.fillText(shortened(context, look.names[truth] ?? '', room), look.margin - 6, y)
  }
  const [firstColumn, lastColumn] = inSight(look, look.scroll.left, look.width)
  for (let column = firstColumn; column <= lastColumn; column++) {
    const predicted = look.shown[column]!
    const x = left(look, column) + look.cell / 2
    if (x < look.margin) continue
    context.fillStyle =
      predicted === look.pointed?.predicted || predicted === look.chosen.predicted
        ? look.colors.ink
        : look.colors.faint
    context.save()
    context.translate(x, look.margin - 6)
    context.rotate(-Math.PI / 2)
    context.textAlign = 'left'
    context.fillText(shortened(context, look.names[predicted] ?? '', room), 0, 0)
    context.restore()
  }
}

function shortened(context: CanvasRenderingContext2D, name: string, room: number): string {
  if (context.measureText(name).width <= room) return name
  let length = name.length - 1
  while (length > 1 && context.measureText(`${name.slice(0, length)}…`).width > room) length--
  return `${name.slice(0, length)}…`
}
