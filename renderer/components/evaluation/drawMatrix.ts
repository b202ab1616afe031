import {
  shownValue,
  strengthOf,
  type Confusion,
  type ConfusionTotals,
  type MatrixValues,
} from '../../logic/confusion.ts'

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
  readonly totals: ConfusionTotals
  readonly values: MatrixValues
  /** Leaves the diagonal blank. */
  readonly onlyErrors: boolean
  /** The greatest number that a cell shows. */
  readonly greatest: number
  /** A pixel for each cell (`paintCells`), for cells of at most `smallCell`. */
  readonly cells: CanvasImageSource | null
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

/** Cells up to this many pixels have no gap between them, and come from a picture that is painted once. */
export const smallCell = 8

type Cells = Pick<
  MatrixLook,
  'confusion' | 'totals' | 'values' | 'onlyErrors' | 'greatest' | 'shown' | 'colors'
>

/** How opaque a cell of this strength is. */
const opacity = (value: number, strength: number): number => (value === 0 ? 0.16 : 0.14 + 0.86 * strength)

/** A pixel for each cell: a million are moved and enlarged at once, where drawing each would take a second. */
export function paintCells(look: Cells): HTMLCanvasElement {
  const { confusion, totals, values, onlyErrors, greatest, shown, colors } = look
  const side = shown.length
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = side
  const context = canvas.getContext('2d')!
  const pixels = context.createImageData(side, side)
  // In the machine's byte order, whichever it is.
  const words = new Uint32Array(pixels.data.buffer)
  const shades = (name: 'line' | 'error' | 'right'): Uint32Array => shadesOf(colors[name])
  const [line, error, right] = [shades('line'), shades('error'), shades('right')]
  const empty = line[Math.round(255 * opacity(0, 0))]!
  for (let row = 0; row < side; row++) {
    const truth = shown[row]!
    const counts = confusion[truth]!
    for (let column = 0; column < side; column++) {
      const predicted = shown[column]!
      const onDiagonal = truth === predicted
      if (onDiagonal && onlyErrors) continue
      const count = counts[predicted]!
      const value = count === 0 ? 0 : shownValue(count, totals, values, { truth, predicted })
      const shade = Math.round(255 * opacity(value, strengthOf(value, greatest)))
      words[row * side + column] = value === 0 ? empty : (onDiagonal ? right : error)[shade]!
    }
  }
  context.putImageData(pixels, 0, 0)
  return canvas
}

/** A color at each opacity from 0 to 255, as words of an image's bytes. */
function shadesOf(color: string): Uint32Array {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1
  const context = canvas.getContext('2d')!
  context.fillStyle = color
  context.fillRect(0, 0, 1, 1)
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data
  const bytes = Uint8Array.from({ length: 256 * 4 }, (_, at) => [red!, green!, blue!, at >> 2][at % 4]!)
  return new Uint32Array(bytes.buffer)
}

function drawCells(context: CanvasRenderingContext2D, look: MatrixLook): void {
  if (look.cells) return drawPainted(context, look, look.cells)
  const [firstRow, lastRow] = inSight(look, look.scroll.top, look.height)
  const [firstColumn, lastColumn] = inSight(look, look.scroll.left, look.width)
  const gap = look.cell > smallCell ? 1 : 0
  for (let row = firstRow; row <= lastRow; row++) {
    const truth = look.shown[row]!
    for (let column = firstColumn; column <= lastColumn; column++) {
      const predicted = look.shown[column]!
      const right = row === column
      if (right && look.onlyErrors) continue
      const value = shownValue(look.confusion[truth]![predicted]!, look.totals, look.values, {
        truth,
        predicted,
      })
      const strength = strengthOf(value, look.greatest)
      context.globalAlpha = opacity(value, strength)
      context.fillStyle = value === 0 ? look.colors.line : right ? look.colors.right : look.colors.error
      context.fillRect(left(look, column), top(look, row), look.cell - gap, look.cell - gap)
      if (value > 0 && look.cell >= 22) drawNumber(context, look, { row, column, value, strength })
    }
  }
  context.globalAlpha = 1
}

function drawPainted(context: CanvasRenderingContext2D, look: MatrixLook, cells: CanvasImageSource): void {
  const size = look.shown.length * look.cell
  context.imageSmoothingEnabled = false
  context.drawImage(cells, left(look, 0), top(look, 0), size, size)
}

function drawNumber(
  context: CanvasRenderingContext2D,
  look: MatrixLook,
  at: { row: number; column: number; value: number; strength: number },
): void {
  const text = String(look.values === 'counts' ? at.value : Math.round(100 * at.value))
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
