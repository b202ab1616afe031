import type { ConfigurationCard, RecipeCheck, SchedulePreview } from '../api/types.ts'
import type { Id } from '../../registry/types.ts'

export interface CheckInput {
  readonly recipe: Readonly<Record<string, unknown>>
  readonly preset?: string | undefined
  readonly dataset?: Id | undefined
  readonly classes?: number | undefined
}

export interface Planning {
  /** What is wrong with a recipe is in the answer, not an error. */
  check(input: CheckInput): Promise<RecipeCheck>
  /** The same recipe with each configuration. @throws StudioError `invalid-recipe` */
  cards(input: CheckInput): Promise<readonly ConfigurationCard[]>
  /** @throws StudioError `invalid-recipe` */
  schedule(input: CheckInput): Promise<SchedulePreview>
}
