import { setTimeout } from 'node:timers/promises'
import type { Child } from './child.ts'
import type { Measurement, OursReady, PeerReady, Round, Benchmark, Spread } from './types.ts'

/** Milliseconds in which the threads of the one that has just computed go to sleep. */
const pause = 200

export interface Sides {
  readonly ours: Child<OursReady>
  readonly peer: Child<PeerReady> | null
}

/** @param onRound after each round of either side, in turns: ours, the peer's, ours, … */
export async function measure(
  { ours, peer }: Sides,
  {
    benchmark,
    threads,
    rounds,
  }: { readonly benchmark: Benchmark; readonly threads: number; readonly rounds: number },
  onRound: (seconds: number) => void = () => undefined,
): Promise<Measurement> {
  const sides = [
    { child: ours, done: [] as Round[] },
    ...(peer ? [{ child: peer, done: [] as Round[] }] : []),
  ]
  for (let round = 0; round < rounds; round++) {
    for (const { child, done } of sides) {
      await setTimeout(pause)
      const result = await child.round()
      done.push(result)
      onRound(result.seconds)
    }
  }
  const [own, others] = sides.map(({ done }) => done)
  return {
    work: benchmark.name,
    ...ours.ready,
    threads: benchmark.kind === 'pipeline' ? benchmark.workers : threads,
    ...compare(own!, others),
    rounds,
    peer: peer?.ready ?? null,
  }
}

const secondsPerImage = ({ seconds, images }: Round): number => seconds / images

type Numbers = Pick<
  Measurement,
  'secondsPerImage' | 'peakMemory' | 'peerSecondsPerImage' | 'peerPeakMemory' | 'ratio' | 'spread'
>

/** Medians over the rounds of both; `ratio` is that of the medians. */
export function compare(ours: readonly Round[], peer: readonly Round[] | undefined): Numbers {
  const own = ours.map(secondsPerImage)
  const others = peer?.map(secondsPerImage)
  const ratios = others?.map((seconds, round) => seconds / own[round]!)
  return {
    secondsPerImage: median(own),
    peakMemory: ours.at(-1)!.peakMemory,
    peerSecondsPerImage: others ? median(others) : null,
    peerPeakMemory: peer?.at(-1)!.peakMemory ?? null,
    ratio: others ? median(others) / median(own) : null,
    spread: {
      secondsPerImage: spread(own),
      peerSecondsPerImage: others ? spread(others) : null,
      ratio: ratios ? spread(ratios) : null,
    },
  }
}

/** @param values at least one */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function spread(values: readonly number[]): Spread {
  return [Math.min(...values), Math.max(...values)]
}
