import { StudioError } from '../../base/errors.ts'
import type { Dataset, Plan, PlanStep } from '../../registry/types.ts'
import { parseRecipe } from '../../training/recipe.ts'
import { stagedTraining } from '../../training/stagedTraining.ts'
import { sweepRecipes, type Varied } from '../../training/sweep.ts'
import type { Halving } from './sweepNext.ts'

/** Several trainings that are asked for as one. */
export type Planned =
  | { readonly kind: 'chain' }
  | {
      readonly kind: 'sweep'
      readonly varied: readonly Varied[]
      /** Runs. */
      readonly most: number
      readonly halving: Halving | null
    }

/** How plans are named that nobody named. */
export const planKinds: Readonly<Record<Plan['kind'], string>> = { chain: 'staged', sweep: 'sweep' }

/** The steps of a plan over any part of a recipe. @throws StudioError of stagedTraining and sweepRecipes; `sweep-needs-validation` */
export function plannedSteps(
  recipe: object,
  planned: Planned,
  { name, images }: Pick<Dataset, 'name' | 'images'>,
): readonly PlanStep[] {
  if (planned.kind === 'chain') return stagedTraining(parseRecipe(recipe))
  if (images.validation === 0) throw new StudioError('sweep-needs-validation', { name })
  return sweepRecipes(recipe, planned.varied, planned.most).map((one) => ({ recipe: one, source: null }))
}
