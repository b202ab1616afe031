import { StudioError } from '../base/errors.ts'
import type { EngineName } from '../engine/types.ts'
import type {
  Installable,
  InstallableState,
  InstallOutcome,
  InstallProgress,
  InstallVariant,
} from '../engine/installable.ts'
import { findInstallable, installables } from '../engine/installables.ts'
import type { JobContext } from './context/context.ts'
import { forgetMeasurements } from '../engine/selection/remembered.ts'
import { engineSuggestion, type Suggestion } from './training/suggest.ts'

/** Something to install: what it brings, what of it is there, what hinders it. */
export interface InstallableInfo extends InstallableState {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly variants: readonly InstallVariant[]
}

export interface EnginesResult {
  readonly engines: readonly { readonly name: EngineName; readonly version: string }[]
  readonly installables: readonly InstallableInfo[]
}

export interface InstallInput {
  readonly name: string
  /** Default: the usual one. */
  readonly variant?: string | undefined
}

export interface InstallResult extends InstallOutcome {
  readonly name: string
  readonly variant: string
}

export interface UninstallInput {
  readonly name: string
}

export interface UninstallResult {
  readonly name: string
  /** Folders that are gone. */
  readonly removed: readonly string[]
}

/** @param home the studio's folder */
export async function listEngines(home: string): Promise<EnginesResult> {
  const { engines } = await import('../engine/index.ts')
  return {
    engines: engines.map(({ name, version }) => ({ name, version })),
    installables: await listInstallables(home),
  }
}

export interface EnginesState {
  readonly installables: readonly InstallableInfo[]
  /** What would make this machine faster; null where nothing is known to. */
  readonly suggestion: Suggestion | null
}

/** @param home the studio's folder */
export async function enginesState(home: string): Promise<EnginesState> {
  return { installables: await listInstallables(home), suggestion: await engineSuggestion() }
}

/** Without loading an engine. */
function listInstallables(home: string): Promise<readonly InstallableInfo[]> {
  return Promise.all(
    installables.map(async ({ name, title, description, variants, state }) => ({
      ...{ name, title, description, variants },
      ...(await state(home)),
    })),
  )
}

/** Installs into the studio's folder, whole or not at all. @throws StudioError with what to do; `canceled` */
export async function installEngine(context: JobContext, input: InstallInput): Promise<InstallResult> {
  const installable = findInstallable(input.name)
  const variant = variantOf(installable, input.variant)
  const { home, signal, emit } = context
  const timeLeft = downloadClock()
  const outcome = await installable.install({
    home: home.folder,
    variant,
    signal,
    onProgress: (progress) => emit({ event: 'progress', ...progress, secondsLeft: timeLeft(progress) }),
    onLine: (line) => emit({ event: 'notice', code: 'installer', values: { line }, terminalOnly: true }),
  })
  await forgetMeasurements(home.cache)
  return { name: installable.name, variant, ...outcome }
}

/** Takes it out of the studio's folder. */
export async function uninstallEngine(
  { home }: JobContext,
  { name }: UninstallInput,
): Promise<UninstallResult> {
  const removed = await findInstallable(name).remove(home.folder)
  await forgetMeasurements(home.cache)
  return { name, removed }
}

function variantOf({ name, variants }: Installable, asked: string = variants[0].name): string {
  if (variants.some((variant) => variant.name === asked)) return asked
  const others = variants.slice(1).map((variant) => `--${variant.name}`)
  throw new StudioError('unknown-variant', { variant: asked, engine: name, others })
}

/** Seconds until all is downloaded; null for the steps after it, and while there is too little to judge by. */
function downloadClock(now: () => number = () => performance.now()) {
  let start: { readonly time: number; readonly done: number } | undefined
  return ({ phase, done, total }: InstallProgress): number | null => {
    if (phase !== 'download') return null
    start ??= { time: now(), done }
    const seconds = (now() - start.time) / 1000
    const arrived = done - start.done
    return seconds < 1 || arrived <= 0 ? null : ((total - done) * seconds) / arrived
  }
}
