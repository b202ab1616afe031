import type { InstallableState, InstallVariant } from '../../engine/installable.ts'
import { installables } from '../../engine/installables.ts'
import type { EngineName } from '../../engine/types.ts'
import { engineSuggestion, type Suggestion } from '../training/suggest.ts'

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

/** @param home the studio's folder */
export async function listEngines(home: string): Promise<EnginesResult> {
  const { engines } = await import('../../engine/index.ts')
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
