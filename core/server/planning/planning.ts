import type { Home } from '../../jobs/context/home.ts'
import { expectedOf, withExpectedImages } from '../../jobs/training/expectedImages.ts'
import { findEngine } from '../../engine/index.ts'
import type { Catalog } from '../../messages/catalog.ts'
import { shown } from '../../messages/shown.ts'
import { describe } from '../../network/cost.ts'
import { architectures, buildNetwork, entryOf, networkSchema } from '../../network/architectures/index.ts'
import { mergeNetworks } from '../../network/architectures/merge.ts'
import { allConfigs, configs, type Config } from '../../network/architectures/names.ts'
import type { Registry } from '../../registry/registry.ts'
import { nameOf } from '../../training/namedNetwork.ts'
import { recipeLike } from '../../training/changedSettings.ts'
import { questionsOf } from '../../training/plausible.ts'
import { findPreset, presetRate } from '../../training/presets.ts'
import { networkOptions, parseRecipe, type Recipe } from '../../training/recipe.ts'
import { settingProblem } from '../../training/recipeIssues.ts'
import { recipeSchema } from '../../training/recipeSchema.ts'
import { mergeRecipes } from '../../training/settings.ts'
import { textOf } from '../../messages/text.ts'
import type { ConfigurationCard, RecipeIssue } from '../api/types.ts'
import type { KnownDevice } from '../machine/remembered.ts'
import type { Machine } from '../machine/types.ts'
import { estimateCost, type CostContext } from './costEstimate.ts'
import { networkView } from './networkView.ts'
import { schedulePreview } from './schedule.ts'
import type { CheckInput, Planning } from './types.ts'

export interface PlanningOptions {
  readonly home: Home
  readonly registry: Registry
  readonly machine: Machine
  readonly texts: Catalog
}

/** Where nothing is said about the data: as in the paper. */
const defaultClasses = 1000

export function openPlanning({ home, registry, machine, texts }: PlanningOptions): Planning {
  async function asked({
    recipe,
    like,
    preset,
    base: given = {},
  }: CheckInput): Promise<Record<string, unknown>> {
    if (like !== undefined) return recipeLike(registry.runs.get(like).recipe as object, recipe)
    const base = preset === undefined ? {} : (await findPreset(preset)).recipe
    return mergeRecipes(base, given, recipe)
  }

  function contextFor({ dataset: id, classes: given }: CheckInput): CostContext {
    const dataset = id === undefined ? null : registry.datasets.get(id)
    const classes = dataset?.classes.length ?? given ?? defaultClasses
    return {
      classes,
      images: dataset?.images ?? null,
      pixels: dataset === null ? undefined : registry.pages.meanPixels(dataset.id),
      targetsFor: (recipe) => machine.targetsFor(recipe.execution, trainerOf(recipe, classes)),
      speeds: machine.speeds(),
      texts,
    }
  }

  return {
    async check(input) {
      const merged = await asked(input)
      const result = recipeSchema.safeParse(merged)
      if (!result.success) {
        const issues = result.error.issues.map((issue) => issueOf(issue, merged, texts))
        const nothing = { network: null, networkName: null, cost: null, schedule: null, questions: [] }
        return { recipe: null, asked: null, issues, ...nothing }
      }
      const expected = await expectedOf(home, result.data)
      const recipe = expected ? withExpectedImages(result.data, merged, expected) : result.data
      const context = contextFor(input)
      const options = networkOptions(recipe, context.classes)
      const network = buildNetwork(options)
      const description = describe(network)
      const cost = estimateCost(network, description, recipe, context)
      const schedule = schedulePreview(recipe, cost.updatesPerEpoch, texts)
      const usual = { rate: await presetRate(recipe), images: context.images?.train ?? null }
      const questions = shown(questionsOf(recipe, usual), texts)
      const networkName = nameOf(options)
      return {
        recipe,
        asked: merged,
        issues: [],
        network: description,
        networkName,
        cost,
        schedule,
        questions,
      }
    },
    network: ({ name, classes = defaultClasses }) => networkView(name, classes),
    families: () =>
      architectures.map(({ family, title, staged, settings }) => ({
        family,
        title,
        configs: configs[family],
        isStaged: staged !== null,
        settings,
      })),
    async cards(input) {
      const said = await asked(input)
      const recipe = parseRecipe(said)
      const context = contextFor(input)
      // Other families keep what was chosen, and not the defaults of this one.
      const chosen = (said['network'] ?? {}) as Readonly<Record<string, unknown>>
      return allConfigs.map((config) => cardOf(config, { recipe, chosen }, context))
    },
    async schedule(input) {
      return schedulePreview(parseRecipe(await asked(input)), null, texts)
    },
  }
}

/** Whether a device's engine can train the recipe's network; where there is none with that crop, all can. */
function trainerOf(recipe: Recipe, classes: number): (device: KnownDevice) => boolean {
  if (recipe.data.crop < entryOf(recipe.network).crop.least) return () => true
  const network = buildNetwork(networkOptions(recipe, classes))
  return ({ engine, id }) => findEngine(engine).supports(network, { device: id }) === null
}

function cardOf(
  config: Config,
  { recipe, chosen }: { readonly recipe: Recipe; readonly chosen: Readonly<Record<string, unknown>> },
  context: CostContext,
): ConfigurationCard {
  const spec = networkSchema.parse(mergeNetworks(chosen, { config }))
  const { family, crop, cards } = entryOf(spec)
  const { least: leastCrop } = crop
  const own: Recipe = { ...recipe, network: spec }
  const built = recipe.data.crop < leastCrop ? null : builtFor(own, context)
  return { family, config, card: cards[config] ?? config, built, leastCrop }
}

function builtFor(recipe: Recipe, context: CostContext) {
  const network = buildNetwork(networkOptions(recipe, context.classes))
  const description = describe(network)
  return {
    network: description,
    cost: estimateCost(network, description, recipe, context),
  }
}

function issueOf(issue: Issue, input: unknown, texts: Catalog): RecipeIssue {
  const problem = settingProblem(issue, input)
  const { message, hint } = textOf(texts, { code: 'setting-problem', values: { problem } })
  return { path: issue.path.map(String).join('.'), message, hint: hint ?? null }
}

type Issue = Parameters<typeof settingProblem>[0]
