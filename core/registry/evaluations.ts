import type { Evaluation, ImagePrediction } from '../evaluation/types.ts'
import type { Split } from '../dataset/types.ts'
import type { Connection } from './database.ts'
import { idOf, keyOf, notFound } from './references.ts'
import type { EvaluationRow, EvaluationSummary, Id } from './types.ts'

interface Row {
  readonly id: number
  readonly run: number
  readonly checkpoint: string
  readonly dataset: number | null
  readonly split: Split
  readonly result: string
  readonly created: number
}

interface PredictionRow {
  readonly image: number
  readonly label: number
  readonly top: string
}

export interface NewEvaluation {
  readonly run: Id
  readonly checkpoint: string
  readonly dataset: Id
  readonly split: Split
  /** `predictions[].item` is the image's position in the data set. */
  readonly result: Evaluation
}

export interface DatasetEvaluation extends Pick<EvaluationRow, 'id' | 'run' | 'split'> {
  readonly protocolText: string
}

export type Evaluations = ReturnType<typeof evaluationTable>

export function evaluationTable(database: Connection) {
  const insert = database.prepare(
    `INSERT INTO evaluations (run, checkpoint, dataset, split, result, created)
     VALUES (@run, @checkpoint, @dataset, @split, @result, @created)`,
  )
  const insertPrediction = database.prepare(
    'INSERT INTO predictions (evaluation, image, label, predicted, top) VALUES (?, ?, ?, ?, ?)',
  )
  const byRun = database.prepare<[number], Row>('SELECT * FROM evaluations WHERE run = ? ORDER BY id')
  const latest = database.prepare<[Split], { readonly run: number; readonly id: number }>(
    'SELECT run, max(id) AS id FROM evaluations WHERE split = ? GROUP BY run',
  )
  const byKey = database.prepare<[number], Row>('SELECT * FROM evaluations WHERE id = ?')
  const byDataset = database.prepare<[number], Pick<Row, 'id' | 'run' | 'split'> & { protocolText: string }>(
    `SELECT id, run, split, json_extract(result, '$.protocolText') AS protocolText FROM evaluations
     WHERE dataset = ? ORDER BY id DESC`,
  )
  const select = database.prepare<[number], PredictionRow>(
    'SELECT image, label, top FROM predictions WHERE evaluation = ? ORDER BY image',
  )
  const selectCell = database.prepare<[number, number, number], PredictionRow>(
    'SELECT image, label, top FROM predictions WHERE evaluation = ? AND label = ? AND predicted = ? ORDER BY image',
  )

  const add = database.transaction((evaluation: NewEvaluation): Id => {
    const { predictions, ...result } = evaluation.result
    const { lastInsertRowid } = insert.run({
      run: keyOf('run', evaluation.run),
      checkpoint: evaluation.checkpoint,
      dataset: keyOf('dataset', evaluation.dataset),
      split: evaluation.split,
      result: JSON.stringify(result),
      created: Date.now(),
    })
    for (const { item, label, top } of predictions) {
      insertPrediction.run(lastInsertRowid, item, label, top[0]!.label, JSON.stringify(top))
    }
    return idOf('evaluation', lastInsertRowid)
  })

  return {
    add: (evaluation: NewEvaluation): Id => add.immediate(evaluation),
    /** The latest evaluation of each run on this split, by run. */
    latest: (split: Split): ReadonlyMap<Id, Id> =>
      new Map(latest.all(split).map(({ run, id }) => [idOf('run', run), idOf('evaluation', id)])),
    /** @throws StudioError `not-found` */
    get(id: Id): EvaluationRow {
      const row = byKey.get(keyOf('evaluation', id))
      if (!row) throw notFound('evaluation', id)
      return evaluationOf(row)
    },
    /** Those of a version of a data set, without their results; the newest first. */
    ofDataset: (dataset: Id): readonly DatasetEvaluation[] =>
      byDataset.all(keyOf('dataset', dataset)).map(({ id, run, split, protocolText }) => ({
        id: idOf('evaluation', id),
        run: idOf('run', run),
        split,
        protocolText,
      })),
    list: (run: Id): readonly EvaluationRow[] => byRun.all(keyOf('run', run)).map(evaluationOf),
    /** As list, without matrices. */
    summaries: (run: Id): readonly EvaluationSummary[] =>
      byRun.all(keyOf('run', run)).map((row) => evaluationOf({ ...row, result: withoutMatrix(row.result) })),
    /** Predictions for every image, or for one cell of the confusion matrix. */
    predictions(id: Id, cell?: { readonly label: number; readonly predicted: number }) {
      const key = keyOf('evaluation', id)
      const rows = cell ? selectCell.all(key, cell.label, cell.predicted) : select.all(key)
      return rows.map(predictionOf)
    },
  }
}

function evaluationOf({ id, run, checkpoint, dataset, split, result, created }: Row): EvaluationRow {
  return {
    id: idOf('evaluation', id),
    run: idOf('run', run),
    checkpoint,
    dataset: dataset === null ? null : idOf('dataset', dataset),
    split,
    result: JSON.parse(result) as EvaluationRow['result'],
    created: new Date(created).toISOString(),
  }
}

/**
 * The JSON of a result without its matrix of counts, which of 200 classes is 30 times as long as the rest: SQLite and V8 take
 * equally long to read it. In a string quotes are escaped, so that no name of a class is taken for it.
 */
function withoutMatrix(result: string): string {
  const start = result.indexOf('"confusion":[[')
  if (start < 0) return result
  const end = result.indexOf(']],', start)
  return end < 0 ? result : result.slice(0, start) + result.slice(end + 3)
}

function predictionOf({ image, label, top }: PredictionRow): ImagePrediction {
  return { item: image, label, top: JSON.parse(top) as ImagePrediction['top'] }
}
