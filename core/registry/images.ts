import type { DatasetImage, Problem, Split } from '../dataset/types.ts'
import type { Reason } from '../messages/types.ts'
import type { ImageInfo } from '../image/types.ts'
import type { Connection } from './database.ts'

export interface ImageRow {
  readonly path: string
  readonly label: number
  readonly split: Split
  readonly hash: string
  readonly fingerprint: string | null
  readonly format: ImageInfo['format']
  readonly width: number
  readonly height: number
  readonly color_mode: ImageInfo['colorMode']
  readonly alpha: 0 | 1
  readonly bits: number
  readonly bytes: number
}

/** The rows that belong to a data set version, by its key. The caller holds the transaction. */
export function imageTables(database: Connection) {
  const insertImage = database.prepare(
    `INSERT INTO images (dataset, position, path, label, split, hash, fingerprint, format, width, height, color_mode, alpha, bits, bytes)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const insertProblem = database.prepare(
    'INSERT INTO problems (dataset, position, path, code, reason) VALUES (?, ?, ?, ?, ?)',
  )
  const selectImages = database.prepare<[number], ImageRow>(
    'SELECT * FROM images WHERE dataset = ? ORDER BY position',
  )
  const selectProblems = database.prepare<[number], ProblemRow>(
    'SELECT path, code, reason FROM problems WHERE dataset = ? ORDER BY position',
  )

  return {
    insert(dataset: number, images: readonly DatasetImage[], problems: readonly Problem[]): void {
      images.forEach((image, position) => insertImage.run(dataset, position, ...columnsOf(image)))
      problems.forEach(({ path, code, reason }, position) =>
        insertProblem.run(dataset, position, path, code, reasonColumn(reason)),
      )
    },
    images: (dataset: number): readonly DatasetImage[] => selectImages.all(dataset).map(imageOf),
    problems: (dataset: number): readonly Problem[] =>
      selectProblems.all(dataset).map(({ reason, ...row }) => ({ ...row, reason: reasonIn(reason) })),
  }
}

type ProblemRow = Pick<Problem, 'path' | 'code'> & { readonly reason: string }

const reasonColumn = (reason: Reason): string =>
  typeof reason === 'string' ? reason : JSON.stringify(reason)

/** Earlier versions stored the sentence. */
const reasonIn = (column: string): Reason =>
  column.startsWith('{"code":') ? (JSON.parse(column) as Reason) : column

function columnsOf(image: DatasetImage): readonly (string | number | null)[] {
  const { path, label, split, hash, fingerprint = null, info } = image
  const { format, width, height, colorMode, alpha, bits, bytes } = info
  return [path, label, split, hash, fingerprint, format, width, height, colorMode, alpha ? 1 : 0, bits, bytes]
}

export function imageOf(row: ImageRow): DatasetImage {
  const { path, label, split, hash, fingerprint, format, width, height, bits, bytes } = row
  const info = { format, width, height, colorMode: row.color_mode, alpha: row.alpha === 1, bits, bytes }
  return { path, label, split, hash, info, ...(fingerprint === null ? {} : { fingerprint }) }
}
