import { leastCells, pad, shortened, width } from './table.ts'
import type { Terminal } from './terminal.ts'

const levels = '▁▂▃▄▅▆▇█'

/** One character per value, from the lowest to the highest of them; NaN is a gap. */
export function sparkline(values: readonly number[]): string {
  const finite = values.filter(Number.isFinite)
  const low = Math.min(...finite)
  const span = Math.max(...finite) - low
  return values
    .map((value) => {
      if (!Number.isFinite(value)) return ' '
      return levels[span === 0 ? 0 : Math.min(7, Math.floor(((value - low) / span) * 8))]!
    })
    .join('')
}

const shades = ['·', '░', '▒', '▓', '█']

/**
 * A confusion matrix, rows the true classes, columns the predicted: each count with a block as dark as its share of
 * the row; right ones green, wrong ones red. Names have the room that the counts leave.
 */
export function confusionBlocks(
  confusion: readonly (readonly number[])[],
  names: readonly string[],
  { colors, columns }: Pick<Terminal, 'colors' | 'columns'>,
): string {
  const widest = Math.max(...confusion.flat().map((value) => String(value).length))
  const letters = names.map((_, index) => columnName(index))
  const cells = widest + 2
  const room = Math.max(leastCells, columns - 4 - names.length * (cells + 1))
  const titles = names.map((name) => shortened(name, room))
  const title = Math.max(...titles.map(width))
  const header = `${' '.repeat(title + 5)}${letters.map((letter) => pad(letter, cells, 'right')).join(' ')}`
  const rows = confusion.map((row, label) => {
    const all = row.reduce((sum, value) => sum + value, 0)
    const blocks = row.map((value, predicted) => {
      const shade = shades[all === 0 ? 0 : Math.ceil((4 * value) / all)]!
      const text = pad(
        value === 0 ? shade : `${shade} ${pad(String(value), widest, 'right')}`,
        cells,
        'right',
      )
      if (value === 0) return colors.dim(text)
      return label === predicted ? colors.green(text) : colors.red(text)
    })
    return `${pad(titles[label]!, title)}  ${pad(letters[label]!, 3)}${blocks.join(' ')}`
  })
  return [colors.dim('Rows: the true class. Columns: what the network said.'), header, ...rows].join('\n')
}

/** a … z, aa, ab, … */
function columnName(index: number): string {
  const letter = String.fromCharCode(97 + (index % 26))
  return index < 26 ? letter : columnName(Math.floor(index / 26) - 1) + letter
}
