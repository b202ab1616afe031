import type { Planned } from '../../core/jobs/plan/planned.ts'
import { settingAt, withSetting, type Settings } from '../logic/settings.ts'
import type { NewRunState } from './newRun.svelte.ts'
import { param, setQuery } from './router.svelte.ts'

/** What the window offers to vary; the command line varies any setting. */
export const sweepable = [
  'optimization.learningRate',
  'data.scale',
  'optimization.batchSize',
  'optimization.weightDecay',
  'data.colorShift',
  'data.flip',
  'data.rotation',
  'data.erasing',
  'data.mixup',
  'seed',
] as const

/** Several runs in place of one, as they stand in the address. */
export function plannedRuns(newRun: NewRunState) {
  const canBeStaged = $derived(newRun.familyOf(newRun.value('network.config'))?.isStaged === true)
  const kind = $derived.by((): 'one' | Planned['kind'] => {
    const asked = param('runs')
    if (asked === 'sweep') return 'sweep'
    return asked === 'chain' && canBeStaged ? 'chain' : 'one'
  })
  const texts = $derived.by((): Settings => {
    try {
      return JSON.parse(param('vary') ?? '{}') as Settings
    } catch {
      return {}
    }
  })
  const whole = (text: string | undefined): number | null =>
    text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : null
  const most = $derived(whole(param('most')) ?? 20)
  const first = $derived(whole(param('halving')))
  const asked = $derived.by((): Planned | null => {
    if (kind === 'one') return null
    if (kind === 'chain') return { kind }
    const varied = sweepable
      .map((setting) => ({ setting, values: valuesOf(settingAt(texts, setting)) }))
      .filter(({ values }) => values.length > 0)
    if (varied.length === 0) return null
    return { kind, varied, most, halving: first === null ? null : { factor: 2, first } }
  })
  return {
    get canBeStaged() {
      return canBeStaged
    },
    get kind() {
      return kind
    },
    /** Null for one run, and for a sweep of nothing. */
    get asked() {
      return asked
    },
    get most() {
      return most
    },
    /** Epochs before the first halving; null: none is. */
    get first() {
      return first
    },
    values: (path: string): string => String(settingAt(texts, path) ?? ''),
    choose: (next: 'one' | Planned['kind']): void => setQuery({ runs: next === 'one' ? undefined : next }),
    vary(path: string, text: string): void {
      const next = withSetting(texts, path, text === '' ? undefined : text)
      setQuery({ vary: Object.keys(next).length === 0 ? undefined : JSON.stringify(next) })
    },
    allow: (text: string): void => setQuery({ most: text }),
    halve: (text: string): void => setQuery({ halving: text }),
  }
}

/** `0.01, 0.03` → both */
const valuesOf = (text: unknown): readonly string[] =>
  typeof text !== 'string'
    ? []
    : text
        .split(',')
        .map((value) => value.trim())
        .filter((value) => value !== '')
