import type {
  ConfigurationCard,
  FamilyView,
  NetworkView,
  RecipeCheck,
  SchedulePreview,
} from '../api/types.ts'
import type { Id } from '../../registry/types.ts'

export interface CheckInput {
  readonly recipe: Readonly<Record<string, unknown>>
  readonly preset?: string | undefined
  /** The run whose recipe it is put over. */
  readonly like?: Id | undefined
  /** What the recipe is put over, where that is no preset: any part of one. */
  readonly base?: Readonly<Record<string, unknown>> | undefined
  readonly dataset?: Id | undefined
  readonly classes?: number | undefined
}

export interface Planning {
  /** What is wrong with a recipe is in the answer, not an error. */
  check(input: CheckInput): Promise<RecipeCheck>
  /** A network by its name. @throws StudioError `invalid-option`, `invalid-recipe` */
  network(asked: { readonly name: string; readonly classes?: number | undefined }): NetworkView
  /** What there is to choose among. */
  families(): readonly FamilyView[]
  /** The same recipe with each configuration. @throws StudioError `invalid-recipe` */
  cards(input: CheckInput): Promise<readonly ConfigurationCard[]>
  /** @throws StudioError `invalid-recipe` */
  schedule(input: CheckInput): Promise<SchedulePreview>
}
