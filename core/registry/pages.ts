import type Database from 'better-sqlite3'
import type { DatasetImage, Split } from '../dataset/types.ts'
import type { ImagePrediction, RankedClass } from '../evaluation/types.ts'
import type { Connection } from './database.ts'
import { imageOf, type ImageRow } from './images.ts'
import { keyOf } from './references.ts'
import type { Id } from './types.ts'

/** A part of a list, for a window that shows some of many. */
export interface Slice {
  readonly offset: number
  readonly limit: number
}

export interface Sliced<Entry> {
  /** All that match. */
  readonly total: number
  readonly entries: readonly Entry[]
}

export interface PlacedImage {
  readonly position: number
  readonly path: string
  readonly label: number
  readonly split: Split
  readonly width: number
  readonly height: number
}

export interface ImageFilter {
  readonly label?: number | undefined
  readonly split?: Split | undefined
  /** Part of the path, in any case. */
  readonly search?: string | undefined
  /** Only those ahead of the image at this position: their number is its place in the list. */
  readonly before?: number | undefined
}

/** As imported, by path, or by pixels; equals as imported. */
export const imageOrderNames = ['position', 'name', 'largest', 'smallest'] as const
export type ImageOrder = (typeof imageOrderNames)[number]
const imageOrders: Readonly<Record<ImageOrder, string>> = {
  position: 'position',
  name: 'path',
  largest: '-(width * height)',
  smallest: 'width * height',
}

export interface PredictionFilter {
  readonly label?: number | undefined
  readonly predicted?: number | undefined
  readonly correct?: boolean | undefined
}

/** worst: errors ahead, the surest first. hardest: the least probability of the true class, 0 below the first five. */
export const predictionOrderNames = [
  'position',
  'confidence',
  'least-confidence',
  'worst',
  'hardest',
  'name',
  'largest',
  'smallest',
] as const
export type PredictionOrder = (typeof predictionOrderNames)[number]

const confidence = "json_extract(top, '$[0].probability')"
const ofTruth = `coalesce((SELECT json_extract(value, '$.probability') FROM json_each(top)
  WHERE json_extract(value, '$.label') = predictions.label), 0)`
/** What the data set says of the image. */
const ofImage = (column: string): string =>
  `(SELECT ${column} FROM images JOIN evaluations ON images.dataset = evaluations.dataset
    WHERE evaluations.id = predictions.evaluation AND images.position = predictions.image)`
const predictionOrders: Readonly<Record<PredictionOrder, string>> = {
  position: 'image',
  confidence: `${confidence} DESC, image`,
  'least-confidence': `${confidence}, image`,
  worst: `label = predicted, CASE WHEN label = predicted THEN ${confidence} ELSE -${confidence} END, image`,
  hardest: `${ofTruth}, ${confidence} DESC, image`,
  name: `${ofImage('path')}, image`,
  largest: `-${ofImage('width * height')}, image`,
  smallest: `${ofImage('width * height')}, image`,
}

/** Images on which two evaluations differ: only the one is right, both are wrong in their own way, or any of these. */
const differences = {
  first: 'a.predicted = a.label AND b.predicted <> b.label',
  second: 'b.predicted = b.label AND a.predicted <> a.label',
  neither: 'a.predicted <> a.label AND b.predicted <> b.label AND a.predicted <> b.predicted',
  differ: 'a.predicted <> b.predicted',
} as const
export type Difference = keyof typeof differences

export interface DifferingPrediction {
  /** Position in the data set. */
  readonly image: number
  readonly label: number
  readonly first: RankedClass
  readonly second: RankedClass
}

interface TopRow {
  readonly image: number
  readonly label: number
  readonly top: string
}

interface Asked {
  readonly which: Difference
  /** Keys of evaluations. */
  readonly first: number
  readonly second: number
  readonly label: number | null
}

/** A list of differing images of 50,000 takes half a megabyte. */
const keptLists = 4

export type Pages = ReturnType<typeof pageQueries>

/** Long lists, a slice at a time: what a window asks for while it scrolls must not read all of them. */
export function pageQueries(database: Connection) {
  const select = <Row>(sql: string) => database.prepare<[object], Row>(sql)
  const isListed = 'AND position IN (SELECT value FROM json_each(@positions))'
  const imageLists = new Map<string, ImageList>()
  /** Statements for an order, of all images or of those at given positions. */
  function imageList(order: ImageOrder, only: '' | typeof isListed): ImageList {
    const key = `${order} ${only}`
    const known = imageLists.get(key)
    if (known) return known
    const by = imageOrders[order]
    const where = `dataset = @dataset AND (@label IS NULL OR label = @label) AND (@split IS NULL OR split = @split)
      AND (@search IS NULL OR instr(lower(path), lower(@search)) > 0) AND (@before IS NULL OR (${by}, position) <
      (SELECT ${by}, position FROM images WHERE dataset = @dataset AND position = @before)) ${only}`
    const list = {
      count: select<{ total: number }>(`SELECT count(*) AS total FROM images WHERE ${where}`),
      slice: select<PlacedImage>(
        `SELECT position, path, label, split, width, height FROM images WHERE ${where}
         ORDER BY ${by}, position LIMIT @limit OFFSET @offset`,
      ),
    }
    imageLists.set(key, list)
    return list
  }
  const allFingerprints = select<string | null>(
    'SELECT fingerprint FROM images WHERE dataset = @dataset ORDER BY position',
  ).pluck()
  const positionsOf = select<number>(
    `SELECT position FROM images WHERE dataset = @dataset AND (@label IS NULL OR label = @label)
     AND (@split IS NULL OR split = @split) AND (@search IS NULL OR instr(lower(path), lower(@search)) > 0)
     ORDER BY position`,
  ).pluck()
  const oneImage = select<ImageRow>('SELECT * FROM images WHERE dataset = @dataset AND position = @position')
  const oneWith = select<PlacedImage>(
    `SELECT position, path, label, split, width, height FROM images
     WHERE dataset = @dataset AND hash = @hash ORDER BY position LIMIT 1`,
  )

  const byPath = select<PlacedImage>(
    `SELECT position, path, label, split, width, height FROM images
     WHERE dataset = @dataset AND path IN (SELECT value FROM json_each(@paths)) ORDER BY position`,
  )
  const topFolders = select<{ name: string }>(
    `SELECT DISTINCT substr(path, 1, max(0, instr(path, '/') - 1)) AS name FROM images WHERE dataset = @dataset`,
  )
  const pixels = select<{ mean: number | null }>(
    'SELECT avg(width * height) AS mean FROM images WHERE dataset = @dataset',
  )
  const sumBytes = select<{ total: number | null }>(
    'SELECT sum(bytes) AS total FROM images WHERE dataset = @dataset',
  )

  const predictionWhere = `evaluation = @evaluation AND (@label IS NULL OR label = @label)
    AND (@predicted IS NULL OR predicted = @predicted) AND (@correct IS NULL OR (label = predicted) = @correct)`
  const countPredictions = select<{ total: number }>(
    `SELECT count(*) AS total FROM predictions WHERE ${predictionWhere}`,
  )
  const slicePredictions = (order: PredictionOrder) =>
    select<TopRow>(
      `SELECT image, label, top FROM predictions WHERE ${predictionWhere}
       ORDER BY ${predictionOrders[order]} LIMIT @limit OFFSET @offset`,
    )

  const predictedPositions = select<number>(
    `SELECT image FROM predictions WHERE ${predictionWhere} ORDER BY image`,
  ).pluck()
  const predictionsAt = select<TopRow>(
    `SELECT image, label, top FROM predictions WHERE evaluation = @evaluation
     AND image IN (SELECT value FROM json_each(@images))`,
  )
  const onePrediction = select<TopRow>(
    'SELECT image, label, top FROM predictions WHERE evaluation = @evaluation AND image = @image',
  )
  const placeOf = (order: PredictionOrder) =>
    select<{ place: number }>(
      `SELECT place FROM (
         SELECT image, row_number() OVER (ORDER BY ${predictionOrders[order]}) - 1 AS place
         FROM predictions WHERE ${predictionWhere}
       ) WHERE image = @image`,
    )

  const pairs = (which: Difference) =>
    `FROM predictions a JOIN predictions b ON b.evaluation = @second AND b.image = a.image
     WHERE a.evaluation = @first AND (@label IS NULL OR a.label = @label) AND ${differences[which]}`

  const pairsAt = select<{ image: number; label: number; a: string; b: string }>(
    `SELECT a.image AS image, a.label AS label, a.top AS a, b.top AS b
     FROM predictions a JOIN predictions b ON b.evaluation = @second AND b.image = a.image
     WHERE a.evaluation = @first AND a.image IN (SELECT value FROM json_each(@images)) ORDER BY a.image`,
  )
  const lists = new Map<string, readonly number[]>()
  /** Evaluations never change: scrolling looks the images up once. */
  function differing(asked: Asked): readonly number[] {
    const key = JSON.stringify(asked)
    const { which, ...where } = asked
    const list =
      lists.get(key) ??
      select<number>(`SELECT a.image ${pairs(which)} ORDER BY a.image`)
        .pluck()
        .all(where)
    lists.delete(key)
    lists.set(key, list)
    for (const oldest of [...lists.keys()].slice(0, lists.size - keptLists)) lists.delete(oldest)
    return list
  }

  return {
    images(
      id: Id,
      { label = null, split = null, search = null, before = null }: Nullable<ImageFilter>,
      { order = 'position', ...slice }: Slice & { readonly order?: ImageOrder | undefined },
    ): Sliced<PlacedImage> {
      const list = imageList(order, '')
      const where = { dataset: keyOf('dataset', id), label, split, search, before }
      return { ...list.count.get(where)!, entries: list.slice.all({ ...where, ...slice }) }
    },
    /** Likewise, of those at these positions. */
    imagesAt(
      id: Id,
      positions: readonly number[],
      { label = null, split = null, search = null, before = null }: Nullable<ImageFilter>,
      { order = 'position', ...slice }: Slice & { readonly order?: ImageOrder | undefined },
    ): Sliced<PlacedImage> {
      const list = imageList(order, isListed)
      const at = JSON.stringify(positions)
      const where = { dataset: keyOf('dataset', id), label, split, search, before, positions: at }
      return { ...list.count.get(where)!, entries: list.slice.all({ ...where, ...slice }) }
    },
    /** Positions of the images that match, ascending. */
    positions: (
      id: Id,
      { label = null, split = null, search = null }: Nullable<Omit<ImageFilter, 'before'>>,
    ): readonly number[] => positionsOf.all({ dataset: keyOf('dataset', id), label, split, search }),
    /** Fingerprints of all images, by position. */
    fingerprints: (id: Id): readonly (string | null)[] =>
      allFingerprints.all({ dataset: keyOf('dataset', id) }),
    image(id: Id, position: number): DatasetImage | null {
      const row = oneImage.get({ dataset: keyOf('dataset', id), position })
      return row ? imageOf(row) : null
    },
    /** The first image whose file has this SHA-256. */
    imageWith: (id: Id, hash: string): PlacedImage | undefined =>
      oneWith.get({ dataset: keyOf('dataset', id), hash }),
    /** The images at these paths; not all need to be there. */
    imagesBy: (id: Id, paths: readonly string[]): readonly PlacedImage[] =>
      paths.length === 0 ? [] : byPath.all({ dataset: keyOf('dataset', id), paths: JSON.stringify(paths) }),
    /** What the folders right below the root are called that its images lie in; `..` and the like from CSV files too. */
    tops: (id: Id): readonly string[] =>
      topFolders.all({ dataset: keyOf('dataset', id) }).map(({ name }) => name),
    /** Pixels of an image, in the mean; undefined without any. */
    meanPixels: (id: Id): number | undefined =>
      pixels.get({ dataset: keyOf('dataset', id) })?.mean ?? undefined,
    /** Bytes of all its images. */
    bytes: (id: Id): number => sumBytes.get({ dataset: keyOf('dataset', id) })!.total ?? 0,
    predictions(
      id: Id,
      { label = null, predicted = null, correct }: Nullable<PredictionFilter>,
      { order, ...slice }: Slice & { readonly order: PredictionOrder },
    ): Sliced<ImagePrediction> {
      const known = correct == null ? null : Number(correct)
      const where = { evaluation: keyOf('evaluation', id), label, predicted, correct: known }
      const rows = slicePredictions(order).all({ ...where, ...slice })
      const entries = rows.map(({ image, top, label }) => ({ item: image, label, top: topOf(top) }))
      return { ...countPredictions.get(where)!, entries }
    },
    /** Positions in the data set of the images whose predictions match, ascending. */
    predictedImages(
      id: Id,
      { label = null, predicted = null, correct }: Nullable<PredictionFilter>,
    ): readonly number[] {
      const known = correct == null ? null : Number(correct)
      return predictedPositions.all({ evaluation: keyOf('evaluation', id), label, predicted, correct: known })
    },
    /** The predictions for these images, in their order. */
    predictionsOf(id: Id, images: readonly number[]): readonly ImagePrediction[] {
      const rows = predictionsAt.all({ evaluation: keyOf('evaluation', id), images: JSON.stringify(images) })
      const byImage = new Map(rows.map((row) => [row.image, row]))
      return images.flatMap((image) => {
        const row = byImage.get(image)
        return row ? [{ item: image, label: row.label, top: topOf(row.top) }] : []
      })
    },
    /** The prediction for one image, with its place in that list; null where it is not in it. Undefined where it was not evaluated. */
    prediction(
      id: Id,
      image: number,
      { label = null, predicted = null, correct }: Nullable<PredictionFilter>,
      order: PredictionOrder,
    ): { readonly prediction: ImagePrediction; readonly place: number | null } | undefined {
      const evaluation = keyOf('evaluation', id)
      const row = onePrediction.get({ evaluation, image })
      if (!row) return undefined
      const known = correct == null ? null : Number(correct)
      const found = placeOf(order).get({ evaluation, label, predicted, correct: known, image })
      const prediction = { item: row.image, label: row.label, top: topOf(row.top) }
      return { prediction, place: found?.place ?? null }
    },
    differences(
      firstId: Id,
      secondId: Id,
      { which, label = null }: { readonly which: Difference; readonly label?: number | null | undefined },
      slice: Slice,
    ): Sliced<DifferingPrediction> {
      const where = { first: keyOf('evaluation', firstId), second: keyOf('evaluation', secondId), label }
      const all = differing({ which, ...where })
      const { offset, limit } = slice
      const shown = { ...where, images: JSON.stringify(all.slice(offset, offset + limit)) }
      const rows = pairsAt.all(shown)
      const entries = rows.map(({ image, label, a, b }) => ({
        image,
        label,
        first: topOf(a)[0]!,
        second: topOf(b)[0]!,
      }))
      return { total: all.length, entries }
    },
  }
}

interface ImageList {
  readonly count: Database.Statement<[object], { total: number }>
  readonly slice: Database.Statement<[object], PlacedImage>
}

type Nullable<T> = { readonly [K in keyof T]: T[K] | null }

function topOf(text: string): readonly RankedClass[] {
  return JSON.parse(text) as readonly RankedClass[]
}
