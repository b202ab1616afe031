import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startChild } from '../../core/bench/child.ts'
import { compare, measure } from '../../core/bench/measure.ts'
import type { OursReady, PeerReady } from '../../core/bench/types.ts'
import { benchmarks } from '../../core/bench/benchmarks.ts'
import { scripted } from './children.ts'

const folder = mkdtempSync(join(tmpdir(), 'vgg-bench-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const log = join(folder, 'log')

/** Writes down when it computes. */
function noting(name: string, ready: object) {
  return scripted(
    folder,
    name,
    `await lines.next()
     say({ ready: ${JSON.stringify(ready)} })
     while (!(await lines.next()).done) {
       appendFileSync(${JSON.stringify(log)}, '${name} begins\\n')
       await new Promise((resolve) => setTimeout(resolve, 30))
       appendFileSync(${JSON.stringify(log)}, '${name} ends\\n')
       say({ round: { seconds: 1, images: 4, peakMemory: 5 } })
     }`,
  )
}

test('the two sides take turns and never compute at once', async () => {
  const about: OursReady = { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' }
  const versions: PeerReady = { torch: '2', torchvision: '1', device: 'cpu', layout: 'contiguous' }
  const ours = await startChild<OursReady>(noting('ours', about), {})
  const peer = await startChild<PeerReady>(noting('peer', versions), {})
  const seen: number[] = []
  const work = benchmarks[0]!
  const result = await measure({ ours, peer }, { benchmark: work, threads: 2, rounds: 3 }, (seconds) =>
    seen.push(seconds),
  )
  await Promise.all([ours.end(), peer.end()])
  const turn = ['ours begins', 'ours ends', 'peer begins', 'peer ends']
  expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual([...turn, ...turn, ...turn])
  expect(seen).toHaveLength(6)
  expect(result).toMatchObject({ work: 'step-D-224-b16', ...about, rounds: 3, ratio: 1, peer: versions })
})

const round = (seconds: number, peakMemory: number) => ({ seconds, images: 10, peakMemory })

test('medians and spreads are taken over the rounds, the ratio of the medians, memory at the end', () => {
  const result = compare(
    [round(1, 100), round(5, 110), round(2, 120)],
    [round(4, 200), round(3, 210), round(6, 220)],
  )
  expect(result).toEqual({
    secondsPerImage: 0.2,
    peakMemory: 120,
    peerSecondsPerImage: 0.4,
    peerPeakMemory: 220,
    ratio: 2,
    spread: { secondsPerImage: [0.1, 0.5], peerSecondsPerImage: [0.3, 0.6], ratio: [0.6, 4] },
  })
})

test('without a peer its numbers are null; of an even number of rounds the middle two are averaged', () => {
  expect(compare([round(1, 1), round(2, 2)], undefined)).toEqual({
    secondsPerImage: expect.closeTo(0.15),
    peakMemory: 2,
    peerSecondsPerImage: null,
    peerPeakMemory: null,
    ratio: null,
    spread: { secondsPerImage: [0.1, 0.2], peerSecondsPerImage: null, ratio: null },
  })
})
