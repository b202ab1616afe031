/** One training. */
export interface Result {
  readonly part: string
  readonly preset: string
  readonly data: string
  readonly variant: string
  readonly seed: number
  /** Loss of the first update, in nats, dropout included. */
  readonly firstLoss: number
  readonly classes: number
  /** On the held-out images after the last epoch, which nobody has chosen. */
  readonly top1: number
  readonly epochs: number
  /** For training, at most. */
  readonly images: number
  readonly seconds: number
  /** Processor time of our own process; null where another trained. */
  readonly processorSeconds: number | null
  readonly threads: number
}

export interface Summary {
  readonly variant: string
  readonly runs: number
  readonly mean: number
  /** Standard error of the mean. NaN with one run. */
  readonly error: number
  /** Mean distance of the first loss from ln K. */
  readonly fromChance: number
  readonly seconds: number
}

export function summarize(results: readonly Result[]): Summary[] {
  return [...Map.groupBy(results, ({ variant }) => variant)].map(([variant, own]) => {
    const top1 = own.map((result) => result.top1)
    return {
      ...{ variant, runs: own.length, mean: mean(top1), error: Math.sqrt(variance(top1) / own.length) },
      fromChance: mean(own.map(({ firstLoss, classes }) => Math.abs(firstLoss - Math.log(classes)))),
      seconds: mean(own.map((result) => result.seconds)),
    }
  })
}

/** 97.5th percentiles of Student's t, by degrees of freedom from 1. */
const student = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]

/** Mean of a minus mean of b, and half of its 95% interval (equal variances). */
export function difference(a: readonly number[], b: readonly number[]): { mean: number; half: number } {
  const freedom = a.length + b.length - 2
  const pooled = ((a.length - 1) * variance(a) + (b.length - 1) * variance(b)) / freedom
  const quantile = student[freedom - 1] ?? 1.96
  return { mean: mean(a) - mean(b), half: quantile * Math.sqrt(pooled / a.length + pooled / b.length) }
}

/** As Markdown. */
export function tables(results: readonly Result[]): string {
  const groups = Map.groupBy(results, ({ part, preset, data }) => `${part}: ${preset} on ${data}`)
  return [...groups].map(([title, own]) => table(title, own)).join('\n\n')
}

function table(title: string, results: readonly Result[]): string {
  const rows = summarize(results)
    .sort((a, b) => b.mean - a.mean)
    .map((row) => {
      const error = row.runs < 2 ? '' : ` ± ${percent(row.error)}`
      const cells = [row.runs, `${percent(row.mean)}${error}`, row.fromChance.toFixed(2)]
      return `| ${[row.variant, ...cells, row.seconds.toFixed(0)].join(' | ')} |`
    })
  const head = ['variant', 'runs', 'top-1 in % ± standard error', '\\|first loss − ln K\\|', 'seconds']
  const line = `|${' --- |'.repeat(head.length)}`
  return [`**${title}**`, '', `| ${head.join(' | ')} |`, line, ...rows, ...beside(results)].join('\n')
}

/** Ours with torchvision's initial weights beside PyTorch with the same. */
function beside(results: readonly Result[]): string[] {
  const of = (variant: string): number[] =>
    results.filter((result) => result.variant === variant).map(({ top1 }) => top1)
  const [ours, theirs] = [of('initialization.kind=torchvision'), of('PyTorch, torchvision')]
  if (ours.length < 2 || theirs.length < 2) return []
  const { mean: between, half } = difference(ours, theirs)
  return ['', `Ours − PyTorch’s: ${percent(between)} ± ${percent(half)} points (95% interval).`]
}

const percent = (value: number): string => (100 * value).toFixed(1)
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

function variance(values: readonly number[]): number {
  const center = mean(values)
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1)
}
