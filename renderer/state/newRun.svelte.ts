import type { FamilyView, KnownWeights, RunView } from '../../core/server/api/types.ts'
import type { Recipe } from '../../core/training/recipe.ts'
import { api, ask } from '../api.ts'
import { settingAt, overlaid, withSetting, settingCount, type Settings } from '../logic/settings.ts'
import { debounced, resource } from './resource.svelte.ts'
import { param, setQuery } from './router.svelte.ts'
import { weightsState } from './weights.svelte.ts'

const readChanges = (): Settings => {
  try {
    return JSON.parse(param('set') ?? '{}') as Settings
  } catch {
    return {}
  }
}

/** A run before it starts: what it is based on and what was changed. All of it stands in the address. */
export function newRunState(
  fallbackDataset: () => string | undefined,
  fallbackPreset: () => string | undefined,
) {
  const presets = resource(() => ask(api.plan.presets.$get()))
  const families = resource(() => ask(api.plan.families.$get()))
  const familyOf = (config: unknown): FamilyView | undefined =>
    families.data?.families.find(({ configs }) => configs.some((one) => one === config))
  const source = resource<RunView>(() => {
    const run = param('from') ?? param('like')
    return run === undefined ? undefined : ask(api.runs[':run'].$get({ param: { run } }) as never)
  })
  const dataset = $derived(param('dataset') ?? source.data?.dataset?.dataset ?? fallbackDataset())
  /** The run that is repeated. */
  const like = $derived(
    param('preset') === undefined && param('from') === undefined ? param('like') : undefined,
  )
  const preset = $derived(
    param('preset') ??
      (param('from') === undefined && param('like') === undefined
        ? (fallbackPreset() ?? 'quick-look')
        : undefined),
  )
  const trained = weightsState()
  /** Pretrained weights for a preset that begins with some: those that were chosen, else the first. */
  const weights = $derived(param('weights') ?? trained.data?.here[0]?.name)
  const entry = $derived(trained.data?.here.find(({ name }) => name === weights))
  const base = $derived<Settings | undefined>(
    preset === undefined
      ? source.data && basedOn(source.data, param('from') === undefined, param('checkpoint'))
      : startedWith(
          presets.data?.presets.find(({ id }) => id === preset),
          entry,
        ),
  )
  const changes = $derived(readChanges())
  /** The server lays the changes over the base: another network keeps nothing of this one's own settings. */
  const request = $derived(JSON.stringify({ base, like, recipe: changes, dataset }))

  const wanted = debounced(() => request, 60)
  const body = () => {
    const { base: under, like: run, recipe, dataset: on } = JSON.parse(wanted.value) as Request
    if (!under) return undefined
    const over = run === undefined ? { base: under } : { like: run }
    return { json: { ...over, recipe, ...(on ? { dataset: on } : { classes: 10 }) } }
  }
  const check = resource(
    () => {
      const request = body()
      return request && ask(api.plan.check.$post(request))
    },
    ({ type }) => type === 'devices',
  )
  const cards = resource(
    () => {
      const request = body()
      return request && ask(api.plan.cards.$post(request))
    },
    ({ type }) => type === 'devices',
  )
  /** The last recipe that was right: what is drawn while a field is wrong. */
  let complete = $state.raw<Recipe>()
  /** A wrong setting in the address still shows what it changes. */
  const unchanged = resource(() => {
    if (!base || complete || !check.data || check.data.recipe) return undefined
    return ask(api.plan.check.$post({ json: { recipe: base, ...(dataset ? { dataset } : { classes: 10 }) } }))
  })
  $effect(() => {
    const right = check.data?.recipe ?? unchanged.data?.recipe
    if (right) complete = right
  })

  /** Settings that go together are one change of the address. */
  function setAll(settings: readonly (readonly [path: string, value: unknown])[]): void {
    const next = settings.reduce((all, [path, value]) => withSetting(all, path, value), changes)
    setQuery({ set: Object.keys(next).length === 0 ? undefined : JSON.stringify(next) })
  }

  return {
    presets,
    trained,
    get weights() {
      return weights
    },
    chooseWeights: (name: string): void => setQuery({ weights: name }),
    /** A preset that begins with trained weights, and there are none yet. */
    get needsWeights() {
      const chosen = presets.data?.presets.find(({ id }) => id === preset)
      return (
        chosen?.needsSource === true &&
        settingAt(changes, 'initialization.from') == null &&
        entry === undefined
      )
    },
    families,
    familyOf,
    check,
    cards,
    source,
    get like() {
      return like
    },
    get dataset() {
      return dataset
    },
    get preset() {
      return preset
    },
    get complete() {
      return complete
    },
    get changes() {
      return changes
    },
    get changedCount() {
      return settingCount(changes)
    },
    get pending() {
      return wanted.value !== request || check.loading
    },
    /** What a field shows: what was typed, else what the server filled in. */
    value: (path: string): unknown => settingAt(changes, path) ?? settingAt(complete, path),
    isChanged: (path: string): boolean => settingAt(changes, path) !== undefined,
    problem: (path: string): string | undefined => {
      const issue = check.data?.issues.find((one) => one.path === path || one.path.startsWith(`${path}.`))
      return issue && [issue.message, issue.hint].filter(Boolean).join(' ')
    },
    set: (path: string, value: unknown): void => setAll([[path, value]]),
    setAll,
    /** A network of another family starts with its own settings. */
    chooseNetwork(config: string): void {
      const now = settingAt(changes, 'network.config') ?? settingAt(complete, 'network.config')
      if (familyOf(now) === familyOf(config)) setAll([['network.config', config]])
      else setAll([['network', { config }]])
    },
    choosePreset: (id: string): void =>
      setQuery({
        ...{ preset: id, set: undefined },
        ...{ from: undefined, like: undefined, checkpoint: undefined, weights: undefined },
      }),
    reset: (): void => setQuery({ set: undefined }),
  }
}
export type NewRunState = ReturnType<typeof newRunState>

interface Request {
  readonly base?: Settings
  readonly like?: string
  readonly recipe: Settings
  readonly dataset?: string
}

/** A run's recipe, as it is where the run is repeated. */
const basedOn = (run: RunView, isRepeated: boolean, checkpoint: string | undefined): Settings =>
  isRepeated ? run.recipe : startedFrom(run, checkpoint)

/** A preset's recipe; one that begins with trained weights begins with these, and has their network's convolutions. */
function startedWith(
  preset: { readonly needsSource: boolean; readonly recipe: object } | undefined,
  entry: KnownWeights | undefined,
): Settings | undefined {
  const recipe = preset?.recipe as Settings | undefined
  if (!recipe || !preset?.needsSource || entry === undefined) return recipe
  return overlaid(overlaid(recipe, { network: entry.features }), {
    initialization: { from: fromWeights(entry.name) },
  }) as Settings
}

/** All that fits: a trained network's head is for other classes. */
export const fromWeights = (run: string) => ({ run, checkpoint: null, mode: 'matching' })

/** The recipe of a run, beginning with the weights of that run's best checkpoint, or of the one that is named. */
function startedFrom({ run, recipe }: RunView, checkpoint: string | undefined): Settings {
  const from = { run, checkpoint: checkpoint ?? null, mode: 'matching' }
  // Images are prepared as that run's weights have seen them, whatever the new ones' mean is.
  const { normalization: _, ...data } = recipe.data
  // What that run found out about this machine's memory holds for its own batch size only.
  return overlaid(
    { ...recipe, data },
    { initialization: { from }, optimization: { microBatch: 'auto' } },
  ) as Settings
}
