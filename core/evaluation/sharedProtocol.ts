import type { Protocol } from './types.ts'

/** What a person asks of an evaluation. Crop and resize mode are not: they belong to each network. */
export type ChosenProtocol = Pick<Protocol, 'views' | 'scales' | 'flips'>

/**
 * Whether evaluations were made by the same protocol, so that what differs between their numbers is the networks': the
 * same views, test scales and flips. Networks of other input sizes, or that take padded images, can share one.
 */
export function isShared([first, ...others]: readonly ChosenProtocol[]): boolean {
  return others.every(
    ({ views, scales, flips }) =>
      views === first!.views && flips === first!.flips && scales.join() === first!.scales.join(),
  )
}

/**
 * Which of several protocols all of the networks can be evaluated by: the first of the largest crop, since no test scale
 * may be smaller than a crop. @returns its place
 */
export function shareable(protocols: readonly Protocol[]): number {
  const largest = Math.max(...protocols.map(({ crop }) => crop))
  return protocols.findIndex(({ crop }) => crop === largest)
}
