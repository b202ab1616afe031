import { StudioError } from '../../base/errors.ts'
import type { HomeContext } from '../../jobs/context/home.ts'
import { complexity, usualRuns, type Complexity, type ComplexityInput } from '../../queries/complexity.ts'
import type { Id } from '../../registry/types.ts'

type ComplexityQuery = Omit<ComplexityInput, 'runs'> & { readonly runs?: ComplexityInput['runs'] | undefined }

/** What networks cost, beside how wrong they are. */
export interface Complexities {
  /**
   * @param input its runs, where left out: those of the data set that was trained on last
   * @throws StudioError `not-found`, `invalid-option` and `invalid-recipe` for networks that do not exist
   */
  of(input: ComplexityQuery): Promise<Complexity>
}

export function openComplexities(context: HomeContext, isDeleted: (run: Id) => boolean): Complexities {
  return {
    async of({ runs, ...others }) {
      const deleted = runs?.find(isDeleted)
      if (deleted) throw new StudioError('not-found', { what: 'deleted-run', run: deleted })
      return complexity(context, { runs: runs ?? usualRuns(context, (run) => !isDeleted(run)), ...others })
    },
  }
}
