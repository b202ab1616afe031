import type { Dataset, Id, Run } from '../registry/types.ts'
import { storedRecipe } from '../training/recipe.ts'
import { changedSettings, type ChangedSetting } from '../training/changedSettings.ts'

/** The run that another one repeats, and what is changed in the other. */
export interface Repeated {
  readonly run: Id
  readonly name: string
  /** Settings of the recipe; `dataset` where it is another data set or version. */
  readonly changed: readonly ChangedSetting[]
}

export interface Lookups {
  readonly run: (id: Id) => Run | undefined
  readonly dataset: (id: Id) => Pick<Dataset, 'name' | 'version'> | undefined
}

/** Null where a run repeats none, or one that has been deleted. */
export function repeatedBy({ like, dataset, recipe }: Run, known: Lookups): Repeated | null {
  const other = like === null ? undefined : known.run(like)
  if (other === undefined) return null
  const label = (id: Id | null): string | null => {
    const found = id === null ? undefined : known.dataset(id)
    return found ? `${found.name}@${found.version}` : null
  }
  const [from, to] = [label(other.dataset), label(dataset)]
  const data = from === null || from === to ? [] : [{ setting: 'dataset', from, to }]
  const changed = [...data, ...changedSettings(storedRecipe(other.recipe), storedRecipe(recipe))]
  return { run: other.id, name: other.name, changed }
}
