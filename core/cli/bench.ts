import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Argument, Option, type Command } from 'commander'
import { peerRuntimes, type Measurement, type PeerRuntime, type Spread } from '../bench/types.ts'
import { benchmarks } from '../bench/benchmarks.ts'
import { resolveHome } from '../jobs/context/home.ts'
import { addCommand, perform, type CommonOptions, type Session } from './command.ts'
import { addExecution, type ExecutionFlags } from './execution.ts'
import { bytes, counted } from './format.ts'
import { whole } from './options.ts'
import { table } from './table.ts'

interface Options extends CommonOptions, ExecutionFlags {
  readonly threads: number
  readonly rounds: number
  readonly peer?: string
  readonly peerRuntime: PeerRuntime
  readonly files?: string
}

const benchmarkNames = benchmarks.map(({ name }) => name)

export function addBench(program: Command): void {
  const command = addCommand(program, 'bench', {
    summary: 'measure speed and memory, also against PyTorch',
    description:
      'Times a training step, inference, evaluations, and reading images from files, each in a process of its own. With --peer, PyTorch and torchvision do the same work: both take turns, round by round, so that the ratio holds on a busy machine too. Pipelines read 1,000 generated pictures of about 500×375, or those of --files; “first” fills an empty cache, “cached” finds it full, and the peer decodes in both (files come from the system’s memory, not from the disk).',
    examples: [
      'bench',
      'bench step-A-64-b32 --peer ~/venv/bin/python',
      'bench pipeline-first-224 --files ~/pictures --rounds 3 --json',
    ],
  })
    .addArgument(new Argument('[benchmarks...]', 'which benchmarks (default: all)').choices(benchmarkNames))
    .option('--threads <number>', 'compute threads on both sides', whole(1, 1024), availableParallelism())
    .option('--rounds <number>', 'rounds of each; the median counts', whole(1, 1000), 7)
    .option('--peer <python>', 'a Python with torch and torchvision, to compare with')
    .addOption(
      new Option(
        '--peer-runtime <runtime>',
        'what computes on the other side (openvino: inference and evaluation)',
      )
        .choices(peerRuntimes)
        .default('pytorch'),
    )
    .option(
      '--files <folder>',
      'JPEG files for pipelines and evaluations (the first 1,000, or as many as they take)',
    )
  addExecution(command, 'fastest').action((names: readonly string[], options: Options) =>
    perform(options, (session) => work(session, names, options)),
  )
}

async function work(
  { terminal, signal }: Session,
  names: readonly string[],
  options: Options,
): Promise<void> {
  const { threads, rounds, peer, peerRuntime: runtime, files } = options
  const { bench } = await import('../bench/bench.ts')
  const { checkPeer } = await import('../bench/peer.ts')
  if (peer !== undefined) {
    const { torch, torchvision, openvino, python } = await checkPeer(peer, runtime, signal)
    const what = openvino === undefined ? `PyTorch ${torch}` : `OpenVINO ${openvino}, PyTorch ${torch}`
    terminal.note(`Compared with ${what}, torchvision ${torchvision} (Python ${python}).`)
  }
  const measured: Measurement[] = []
  const measurements = bench({
    benchmarks: names.length === 0 ? benchmarks : benchmarks.filter(({ name }) => names.includes(name)),
    execution: executionOf(options, threads),
    rounds,
    peer: peer ?? null,
    runtime,
    files: files ?? null,
    cache: join(resolveHome(options.home).cache, 'bench'),
    signal,
    onProgress: (progress) => terminal.progress.show(progress),
  })
  for await (const measurement of measurements) {
    measured.push(measurement)
    terminal.line(measurement)
    if (!terminal.json) terminal.note(sentence(measurement))
  }
  if (!terminal.json) terminal.result(measured, () => textOf(measured))
}

function executionOf({ engine = 'auto', device, precision }: Options, threads: number) {
  return {
    engine,
    threads,
    device: device === 'auto' ? undefined : device,
    precision: precision === 'auto' ? undefined : precision,
  }
}

/** A measurement in a line, printed at once so that it is not lost when the rest is canceled. */
function sentence({ work, secondsPerImage, ratio }: Measurement): string {
  const compared = ratio === null ? '' : `, ${times(ratio)} the peer’s speed`
  return `${work}: ${seconds(secondsPerImage)} per image${compared}`
}

function textOf(measured: readonly Measurement[]): string {
  const compared = measured.some(({ ratio }) => ratio !== null)
  const right = (title: string) => ({ title, align: 'right' as const })
  const own = [{ title: 'work' }, { title: 'by' }, right('per image'), right('spread'), right('memory')]
  const others = [right('peer'), right('spread'), right('memory'), right('ratio'), right('spread')]
  const rows = measured.map((measurement) => [
    ...ownCells(measurement),
    ...(compared ? peerCells(measurement) : []),
  ])
  const { rounds } = measured[0]!
  const notes = [
    `Medians of ${counted(rounds, 'round')}; spread: least–greatest; memory: the process at its peak.`,
    ...(compared ? ['Ratio: the peer’s time over ours, so above 1 ours is faster.'] : []),
  ]
  return [table(compared ? [...own, ...others] : own, rows), '', ...notes].join('\n')
}

function ownCells({ work, engine, device, precision, ...numbers }: Measurement): readonly string[] {
  const { secondsPerImage, spread, peakMemory } = numbers
  const by = engine === 'none' ? 'image pipeline' : `${engine} ${device} ${precision}`
  return [work, by, seconds(secondsPerImage), range(spread.secondsPerImage, seconds), memory(peakMemory)]
}

function peerCells({ peerSecondsPerImage, peerPeakMemory, ratio, spread }: Measurement): readonly string[] {
  return [
    seconds(peerSecondsPerImage!),
    range(spread.peerSecondsPerImage!, seconds),
    memory(peerPeakMemory),
    times(ratio!),
    range(spread.ratio!, times),
  ]
}

/** `183 ms` */
function seconds(value: number): string {
  return `${(1000 * value).toPrecision(3)} ms`
}

function times(value: number): string {
  return `${value.toFixed(2)}×`
}

function memory(value: number | null): string {
  return value === null ? '?' : bytes(value)
}

function range([least, greatest]: Spread, text: (value: number) => string): string {
  return `${text(least).replace(/ ms$|×$/, '')}–${text(greatest)}`
}
