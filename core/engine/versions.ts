import { ortVersion } from './onnxruntime/location.ts'
import { findInstallation } from './tensorflow/location.ts'
import type { EngineName } from './types.ts'

/** The version of an engine, without loading what it plans and computes with. */
export function engineVersion(engine: EngineName): string {
  switch (engine) {
    case 'onnxruntime':
      return ortVersion
    case 'tensorflow':
      return findInstallation()?.version ?? 'not installed'
  }
}
