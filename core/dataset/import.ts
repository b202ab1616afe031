import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { StudioError, throwIfAborted } from '../base/errors.ts'
import { imageLimits } from '../image/types.ts'
import { corrector, remarkProblems, type Corrector } from './corrections.ts'
import { scanCsv } from './csv.ts'
import { findDuplicates } from './duplicates.ts'
import { stratifiedChoice } from './limit.ts'
import { byCodePoints } from './names.ts'
import { problemAt } from './problem.ts'
import { startPhase, type ImportProgress } from './progress.ts'
import type { Reach } from './reach.ts'
import { scanFolder, type Entry, type Scan } from './scan.ts'
import { splitImages } from './split.ts'
import { statisticsOf } from './statistics.ts'
import type { DatasetImage, ImportOptions, Manifest, Problem, Split } from './types.ts'
import { verifyAll, type Verified } from './verify.ts'

export type { ImportProgress } from './progress.ts'

export interface ImportWatch {
  onProgress?(progress: ImportProgress): void
  readonly signal?: AbortSignal | undefined
  /** Where a CSV's paths may lead; default: anywhere. */
  readonly reach?: Reach | undefined
}

/**
 * Looks through a labeled folder, or the CSV file that labels images (`path,label[,split]`), and says what is in it:
 * classes, usable images with their splits, problems, statistics of the training set. Reads only; files that can't be
 * used are listed, never fatal.
 * Corrections hold before anything else: what they leave out is not read.
 * Throws StudioError `not-found`, `no-classes`, `too-few-classes`, `no-training-images`, `invalid-csv`, `canceled`.
 */
export async function importFolder(
  source: string,
  options: ImportOptions,
  watch: ImportWatch = {},
): Promise<Manifest> {
  const scan = await scanSource(resolve(source), watch)
  const { usable, problems } = await verifyEntries(scan, options, watch)
  const classes = [...new Set(usable.map(({ entry }) => entry.className))].sort(byCodePoints)
  if (classes.length < 2) throw tooFewClasses(scan, classes, [...scan.problems, ...problems])
  throwIfAborted(watch.signal)
  const images = withSplits(usable, classes, options)
  const statistics = trainingStatistics(usable, images, watch)
  throwIfAborted(watch.signal)
  return {
    root: scan.root,
    classes,
    images,
    problems: [...scan.problems, ...problems, ...emptyClasses(scan, classes)].sort((a, b) =>
      byCodePoints(a.path, b.path),
    ),
    statistics,
    source: scan.source,
  }
}

/** What a folder or a CSV file (absolute path) labels, before any image is read. */
export async function scanSource(source: string, watch: ImportWatch): Promise<Scan> {
  const phase = startPhase('scan', null, watch.onProgress)
  const { signal, reach } = watch
  const scanWatch = { signal, reach, onFound: (files: number) => phase.at(files) }
  const facts = await stat(source).catch(() => null)
  const scan = facts?.isFile() ? await scanCsv(source, scanWatch) : await scanFolder(source, scanWatch)
  phase.finish(scan.entries.length)
  return scan
}

interface Usable {
  readonly entry: Entry
  readonly image: Verified
}

interface Looked {
  readonly usable: readonly Usable[]
  readonly problems: readonly Problem[]
}

async function verifyEntries(scan: Scan, options: ImportOptions, watch: ImportWatch): Promise<Looked> {
  const correct = corrector(scan.entries, options.corrections)
  const verifySome = (part: readonly Entry[], done: number): Promise<Looked> =>
    verifyPart(part, done, correct, options, watch)
  if (options.limit === undefined) return verifySome(scan.entries, 0)
  const choice = stratifiedChoice(scan.entries, options.limit, options.seed)
  const usable: Usable[] = []
  const problems: Problem[] = []
  for (let part = choice.take(); part.length > 0;) {
    const done = usable.length + problems.length
    const looked = await verifySome(part, done)
    usable.push(...looked.usable)
    problems.push(...looked.problems)
    const bad = new Set(looked.problems.map(({ path }) => path))
    part = choice.more(part.filter(({ path }) => bad.has(path)))
  }
  return { usable: usable.sort((a, b) => byCodePoints(a.entry.path, b.entry.path)), problems }
}

async function verifyPart(
  part: readonly Entry[],
  before: number,
  correct: Corrector,
  options: ImportOptions,
  watch: ImportWatch,
): Promise<Looked> {
  const corrected = part.map(correct)
  const problems = corrected.flatMap((one) => ('problem' in one ? [one.problem] : []))
  const entries = corrected.flatMap((one) => ('entry' in one ? [one.entry] : []))
  const skipped = before + problems.length
  const phase = startPhase('verify', before + part.length, watch.onProgress)
  const verdicts = await verifyAll(entries, {
    limits: options.limits ?? imageLimits,
    signal: watch.signal,
    onDone: (done) => phase.at(skipped + done),
  })
  phase.finish(before + part.length)
  const usable: Usable[] = []
  verdicts.forEach((verdict, index) => {
    if ('image' in verdict) usable.push({ entry: entries[index]!, image: verdict.image })
    else problems.push(verdict.problem)
  })
  return { usable, problems }
}

function withSplits(
  usable: readonly Usable[],
  classes: readonly string[],
  options: ImportOptions,
): DatasetImage[] {
  const labels = new Map(classes.map((name, label) => [name, label]))
  const before = previousSplits(options.previous)
  const found = findDuplicates(usable.map(({ image }) => image))
  const splits = splitImages(
    usable.map(({ entry, image }) => ({
      label: labels.get(entry.className)!,
      hash: image.hash,
      given: entry.given,
      before: before(image.hash, entry.path),
    })),
    found.together,
    options,
  )
  if (!splits.includes('train')) throw new StudioError('no-training-images', {})
  return usable.map(({ entry, image: { info, hash, fingerprint } }, index) => ({
    path: entry.path,
    label: labels.get(entry.className)!,
    split: splits[index]!,
    info,
    hash,
    fingerprint,
  }))
}

/** Matches by content; a file saved again under its old name is the same image, too. */
function previousSplits(previous: ImportOptions['previous']): (hash: string, path: string) => Split | null {
  const byHash = new Map<string, Split>()
  const byPath = new Map<string, Split>()
  for (const { hash, path, split } of previous?.images ?? []) {
    if (!byHash.has(hash)) byHash.set(hash, split)
    byPath.set(path, split)
  }
  return (hash, path) => byHash.get(hash) ?? byPath.get(path) ?? null
}

function trainingStatistics(
  usable: readonly Usable[],
  images: readonly DatasetImage[],
  watch: ImportWatch,
): Manifest['statistics'] {
  const training = usable.filter((_, index) => images[index]!.split === 'train')
  const phase = startPhase('statistics', training.length, watch.onProgress)
  const statistics = statisticsOf(training.map(({ image }) => image.moments))
  phase.finish(training.length)
  return statistics
}

/** Classes of which nothing can be used: they are no classes, which one wants to know. */
function emptyClasses({ entries, named }: Scan, classes: readonly string[]): Problem[] {
  const usable = new Set(classes)
  const all = [...named, ...entries.map(({ className }) => className)]
  const names = new Set(all.filter((name) => !usable.has(name)))
  return [...names].map((path) => problemAt(path, 'empty-class', {}))
}

function tooFewClasses(scan: Scan, classes: readonly string[], problems: readonly Problem[]): StudioError {
  const nested = nestedFolders(scan)
  const unused = [...problems.filter(({ code }) => !remarkProblems.has(code)), ...emptyClasses(scan, classes)]
  const [first] = unused
  return new StudioError('too-few-classes', {
    root: scan.root,
    only: classes.length === 1 ? classes[0]! : null,
    nested: nested === null ? null : join(scan.root, nested),
    unused: unused.length,
    example: first ? { path: first.path, problem: first.reason } : null,
  })
}

/** The one class folder, if all its files lie in folders inside it: then it wraps the real classes. */
function nestedFolders({ entries, source }: Scan): string | null {
  const [first] = entries
  if (source.kind !== 'folder' || !first) return null
  const tops = new Set(entries.map(({ path }) => path.split('/')[0]))
  return tops.size === 1 && entries.every(({ path }) => path.split('/').length > 2) && !first.given
    ? first.path.split('/')[0]!
    : null
}
