import { StudioError } from '../base/errors.ts'
import type { Installable } from './installable.ts'
import { cudaInstallable } from './onnxruntime/install/installable.ts'
import { tensorflowInstallable } from './tensorflow/install/installable.ts'

/** All that `engines install` knows, in the order in which it is listed. An entry is all that a new one takes. */
export const installables: readonly Installable[] = [tensorflowInstallable, cudaInstallable]

/** @throws StudioError `unknown-engine` */
export function findInstallable(name: string): Installable {
  const found = installables.find((installable) => installable.name === name)
  if (found) return found
  throw new StudioError('unknown-engine', {
    what: 'to-install',
    name,
    names: installables.map((installable) => installable.name),
  })
}
