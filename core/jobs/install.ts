import { StudioError } from '../base/errors.ts'
import type { Installable, InstalledEngine, InstallProgress } from '../engine/installable.ts'
import { findInstallable } from '../engine/installables.ts'
import type { WorkContext } from './context/context.ts'
import { forgetMeasurements } from '../engine/selection/remembered.ts'

export interface InstallInput {
  readonly name: string
  /** Default: the usual one. */
  readonly variant?: string | undefined
}

export interface InstallResult extends InstalledEngine {
  readonly name: string
  readonly variant: string
}

/** Installs into the studio's folder, whole or not at all. @throws StudioError with what to do; `canceled` */
export async function installEngine(context: WorkContext, input: InstallInput): Promise<InstallResult> {
  const installable = findInstallable(input.name)
  const variant = variantOf(installable, input.variant)
  const { home, signal, emit } = context
  const timeLeft = downloadClock()
  const installed = await installable.install({
    home: home.folder,
    variant,
    signal,
    onProgress: (progress) => emit({ event: 'progress', ...progress, secondsLeft: timeLeft(progress) }),
    onLine: (line) => emit({ event: 'notice', code: 'installer', values: { line }, terminalOnly: true }),
  })
  await forgetMeasurements(home.cache)
  return { name: installable.name, variant, ...installed }
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
