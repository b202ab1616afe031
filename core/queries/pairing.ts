import type { Protocol } from '../evaluation/types.ts'
import { deviceTitle, engineTitle } from '../messages/names.ts'
import type { RunResults } from './show.ts'

export type RunEvaluation = RunResults['evaluations'][number]

/** Aspects in which evaluations of the same images can differ, most telling first. */
const aspects = ['views', 'scales', 'flips', 'mode', 'crop', 'checkpoint', 'precision', 'engine'] as const
export type Aspect = (typeof aspects)[number]

/** One aspect in which evaluations were not made alike; `values` in their order, as text. */
export interface Difference {
  readonly aspect: Aspect
  readonly values: readonly string[]
}

/** What two evaluations must share to be of the same images. Changed files are other images; the same ones are the same. */
export function imagesOf({ dataset, split, classes, changedFiles }: RunEvaluation): string {
  return JSON.stringify([dataset, split, classes.map(({ name }) => name), changedFiles?.digest ?? null])
}

/** How an error was measured. */
export type Measurement = Pick<RunEvaluation, 'protocol' | 'checkpoint'> & {
  readonly execution?:
    Pick<NonNullable<RunEvaluation['execution']>, 'engine' | 'device' | 'precision'> | undefined
}

/** Empty where nothing known was different. Evaluations of version 0.1.0 do not tell what computed them. */
export function differencesOf(evaluations: readonly Measurement[]): readonly Difference[] {
  const facts = evaluations.map(aspectsOf)
  return aspects.flatMap((aspect) => {
    const values = facts.map((one) => one[aspect])
    return new Set(values.filter((value) => value !== null)).size > 1
      ? [{ aspect, values: values.map((value) => value ?? '?') }]
      : []
  })
}

function aspectsOf({
  protocol,
  checkpoint,
  execution,
}: Measurement): Readonly<Record<Aspect, string | null>> {
  return {
    views: protocol.views,
    scales: protocol.scales.join(' '),
    flips: String(protocol.flips),
    // A whole image is not made square.
    mode: protocol.views.startsWith('dense') ? null : protocol.mode,
    crop: String(protocol.crop),
    checkpoint,
    precision: execution?.precision ?? null,
    engine: execution ? `${engineTitle(execution.engine)}, ${deviceTitle(execution.device)}` : null,
  }
}

/**
 * How unlike two evaluations were made: 0 where alike. Other views weigh more than another number of scales, that more
 * than flips, and so on; scales are compared in proportion to the crops, since networks of other input sizes have no
 * scale in common.
 */
function distance(a: RunEvaluation, b: RunEvaluation): number {
  return (
    protocolDistance(a.protocol, b.protocol) +
    (a.checkpoint === b.checkpoint ? 0 : 0.4) +
    (a.execution?.precision === b.execution?.precision ? 0 : 0.2) +
    (a.execution?.engine === b.execution?.engine ? 0 : 0.1)
  )
}

function protocolDistance(a: Protocol, b: Protocol): number {
  const relative = ({ scales, crop }: Protocol): number =>
    scales.reduce((sum, scale) => sum + scale / crop, 0) / scales.length
  return (
    viewsDistance(a.views, b.views) +
    (a.scales.length === b.scales.length ? 0 : 20) +
    (a.flips === b.flips ? 0 : 10) +
    (a.mode === b.mode ? 0 : 5) +
    (a.scales.join() === b.scales.join() ? 0 : 1 + Math.min(3, Math.abs(relative(a) - relative(b)))) +
    (a.crop === b.crop ? 0 : 1)
  )
}

function viewsDistance(a: string, b: string): number {
  if (a === b) return 0
  return a.startsWith('dense') && b.startsWith('dense') ? 30 : 100
}

/** Evaluations of all runs, one each, of the same images. */
export type Group = readonly RunEvaluation[]

/**
 * Which evaluations of runs to set beside each other: for each protocol that all have on the same images, the newest of
 * each, the latest protocol first; where there is none, the ones that were made most alike.
 */
export function pairedEvaluations(runs: readonly (readonly RunEvaluation[])[]): readonly Group[] {
  const alike = groupedBy(runs, (one) => `${imagesOf(one)} ${JSON.stringify(one.protocol)}`)
  return alike.length > 0 ? alike : nearest(runs)
}

function groupedBy(runs: readonly Group[], key: (evaluation: RunEvaluation) => string): readonly Group[] {
  const newest = runs.map((evaluations) => new Map(evaluations.map((one) => [key(one), one])))
  const [first, ...others] = newest
  if (!first) return []
  return [...first.keys()]
    .filter((name) => others.every((evaluations) => evaluations.has(name)))
    .map((name) => newest.map((evaluations) => evaluations.get(name)!))
    .toReversed()
}

function nearest([first = [], ...others]: readonly Group[]): readonly Group[] {
  let best: { readonly group: Group; readonly sum: number } | undefined
  for (const one of first) {
    const partners = others.map((evaluations) => nearestTo(one, evaluations))
    if (partners.some((partner) => partner === undefined)) continue
    const group = [one, ...(partners as RunEvaluation[])]
    const sum = group.reduce((total, other) => total + distance(one, other), 0)
    // The newest where several are as near.
    if (!best || sum <= best.sum) best = { group, sum }
  }
  return best ? [best.group] : []
}

function nearestTo(one: RunEvaluation, others: Group): RunEvaluation | undefined {
  const candidates = others.filter((other) => imagesOf(other) === imagesOf(one))
  return candidates.reduce<RunEvaluation | undefined>(
    (best, other) => (best && distance(one, best) < distance(one, other) ? best : other),
    undefined,
  )
}
