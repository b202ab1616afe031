import { StudioError } from '../../base/errors.ts'
import type { Manifest } from '../../dataset/types.ts'
import type { SavedSlice, SliceDefinition } from '../../evaluation/statistics/slices.ts'
import type { Id } from '../../registry/types.ts'
import type { JobContext } from '../context/context.ts'

type Context = Pick<JobContext, 'registry'>

/**
 * Names a slice of a data set, for all of its versions. One of the same name is replaced.
 * @throws StudioError `not-found`, `invalid-slice`
 */
export function saveSlice(
  { registry }: Context,
  { dataset, name, definition }: SavedSlice & { readonly dataset: string },
): SavedSlice {
  const { name: owner, id } = registry.datasets.get(dataset)
  checkDefinition(registry.datasets.manifest(id), definition)
  const slice = { name: name.trim(), definition }
  if (slice.name === '' || slice.name.length > 100) throw new StudioError('invalid-slice', { reason: 'name' })
  registry.slices.put(owner, slice)
  return slice
}

/** @throws StudioError `unknown-slice` */
export function deleteSlice(
  { registry }: Context,
  { dataset, name }: { readonly dataset: string; readonly name: string },
): void {
  const { name: owner } = registry.datasets.get(dataset)
  if (!registry.slices.remove(owner, name)) throw new StudioError('unknown-slice', { dataset: owner, name })
}

/** The images of a cell or row of an evaluation's confusion matrix, as a selection. */
export function selectionOf(
  { registry }: Context,
  evaluation: Id,
  cell: {
    readonly label?: number | undefined
    readonly predicted?: number | undefined
    readonly correct?: boolean | undefined
  },
): SliceDefinition {
  const { dataset } = registry.evaluations.get(evaluation)
  if (dataset === null) throw new StudioError('not-found', { what: 'dataset-of-evaluation' })
  const { images } = registry.datasets.manifest(dataset)
  const paths = registry.evaluations
    .predictions(evaluation)
    .filter(({ label, top }) => {
      const predicted = top[0]!.label
      return (
        (cell.label === undefined || cell.label === label) &&
        (cell.predicted === undefined || cell.predicted === predicted) &&
        (cell.correct === undefined || cell.correct === (label === predicted))
      )
    })
    .map(({ item }) => images[item]!.path)
  return { by: 'selection', paths }
}

function checkDefinition({ classes }: Manifest, definition: SliceDefinition): void {
  if (definition.by === 'class' && !classes.includes(definition.class))
    throw new StudioError('invalid-slice', { reason: 'class', value: definition.class })
  if (definition.by === 'selection' && definition.paths.length === 0)
    throw new StudioError('invalid-slice', { reason: 'empty' })
  if (!('low' in definition)) return
  const { low, high } = definition
  if (low !== null && high !== null && low >= high)
    throw new StudioError('invalid-slice', { reason: 'range' })
}
