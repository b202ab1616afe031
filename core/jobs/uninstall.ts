import { findInstallable } from '../engine/installables.ts'
import { forgetMeasurements } from '../engine/selection/remembered.ts'
import type { WorkContext } from './context/context.ts'

export interface UninstallInput {
  readonly name: string
}

export interface UninstallResult {
  readonly name: string
  /** Folders that are gone. */
  readonly removed: readonly string[]
}

/** Takes it out of the studio's folder. */
export async function uninstallEngine(
  { home }: WorkContext,
  { name }: UninstallInput,
): Promise<UninstallResult> {
  const removed = await findInstallable(name).remove(home.folder)
  await forgetMeasurements(home.cache)
  return { name, removed }
}
