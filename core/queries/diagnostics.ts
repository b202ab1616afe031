import { arch, cpus, freemem, platform, release, totalmem } from 'node:os'
import { stat } from 'node:fs/promises'
import { freeBytes } from '../base/disk.ts'
import { version } from '../base/version.ts'
import { engineNames } from '../engine/types.ts'
import { engineVersion } from '../engine/versions.ts'
import { runFolder, type HomeContext } from '../jobs/context/home.ts'
import { readLog } from '../jobs/recording/runLog.ts'
import { migrations } from '../registry/migrations.ts'
import { runStatuses, type Run, type RunStatus } from '../registry/types.ts'

/** What someone who helps wants to know, and may: no image, no name that a person gave, no path but the home folder's own. */
export interface Diagnostics {
  readonly version: string
  readonly node: string
  readonly machine: {
    readonly system: string
    readonly processor: string
    readonly cores: number
    /** Bytes, as the others here. */
    readonly memory: number
    readonly freeMemory: number
    readonly freeDisk: number
  }
  readonly engines: Readonly<Record<string, string>>
  readonly registry: {
    readonly schema: number
    readonly bytes: number
    readonly datasets: number
    readonly runs: Readonly<Record<RunStatus, number>>
  }
  /** The latest, newest first. */
  readonly runs: readonly RunDiagnostics[]
}

interface RunDiagnostics {
  readonly run: string
  readonly status: RunStatus
  readonly error: unknown
  readonly recipe: unknown
  readonly execution: unknown
  readonly images: unknown
  readonly classes: number | null
  /** The last lines of its log, as facts. */
  readonly log: readonly unknown[]
}

const latestRuns = 5
const lastLines = 30

/** Diagnostics of this machine and of the latest runs, for a report of something that went wrong. */
export async function diagnostics(context: HomeContext): Promise<Diagnostics> {
  const { home, registry } = context
  const runs = registry.runs.list()
  const count = (status: RunStatus): number => runs.filter((run) => run.status === status).length
  return {
    version,
    node: process.version,
    machine: {
      system: `${platform()} ${release()} ${arch()}`,
      processor: cpus()[0]?.model ?? '',
      cores: cpus().length,
      memory: totalmem(),
      freeMemory: freemem(),
      freeDisk: await freeBytes(home.folder),
    },
    engines: Object.fromEntries(engineNames.map((engine) => [engine, engineVersion(engine)])),
    registry: {
      schema: migrations.length,
      bytes: (await stat(home.registry).catch(() => null))?.size ?? 0,
      datasets: registry.datasets.list().length,
      runs: Object.fromEntries(runStatuses.map((status) => [status, count(status)])) as Record<
        RunStatus,
        number
      >,
    },
    runs: await Promise.all(
      runs
        .slice(-latestRuns)
        .reverse()
        .map((run) => ofRun(context, run)),
    ),
  }
}

async function ofRun({ home, registry }: HomeContext, run: Run): Promise<RunDiagnostics> {
  const dataset = run.dataset === null ? null : registry.datasets.get(run.dataset)
  const log = (await readLog(runFolder(home, run.id))).slice(-lastLines)
  const names = [run.name, ...(dataset ? [dataset.name, ...dataset.classes] : [])]
  const clean = (value: unknown): unknown => withoutPrivate(value, home.folder, names)
  return {
    run: run.id,
    status: run.status,
    error: clean(run.error),
    recipe: clean(run.recipe),
    execution: clean(run.execution),
    images: dataset?.images ?? null,
    classes: dataset?.classes.length ?? null,
    log: log.map(clean),
  }
}

/**
 * A value of plain JSON in which paths outside `home` and `names` are blotted out. Texts are looked through for both:
 * what a library said of an error may name files.
 */
export function withoutPrivate(value: unknown, home: string, names: readonly string[]): unknown {
  if (typeof value === 'string') return cleanText(value, home, names)
  if (Array.isArray(value)) return value.map((one) => withoutPrivate(one, home, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      cleanText(key, home, names),
      withoutPrivate(one, home, names),
    ]),
  )
}

/** A path, to the end of its word, or of its quotes where it stands in some. */
const paths =
  /(?<=["“'`])(?:[A-Za-z]:[\\/]|\\\\|\/)[^"”'`\n]+|(?<![\w‹›./\\:])(?:[A-Za-z]:[\\/]|\\\\|\/(?=\S))[^\s"”'`,;:()]*/gu
/** A file, wherever it is said to be. */
const files = /[^\s"“”'`/\\]+\.(?:jpe?g|png|webp|gif|tiff?|bmp|avif|hei[cf]|csv|json|pth|h5|keras|onnx)\b/giu

function cleanText(text: string, home: string, names: readonly string[]): string {
  const own = text.replaceAll(home, '‹home›')
  const named = names
    .filter((name) => name.length > 1)
    .toSorted((a, b) => b.length - a.length)
    .reduce((cleaned, name) => cleaned.replaceAll(name, '‹name›'), own)
  return named.replaceAll(paths, '‹path›').replaceAll(files, '‹file›')
}
