import type { SettingChange } from '../../messages/types.ts'
import type { Run } from '../../registry/types.ts'

/** The change of settings with which a failed run is likely to succeed: the first of those that its error names. */
export function remedyOf({ status, dataset, error }: Run): readonly SettingChange[] {
  if (status !== 'failed' || dataset === null || error === null || !('values' in error)) return []
  const { changes } = error.values as { readonly changes?: readonly SettingChange[] }
  return changes?.slice(0, 1) ?? []
}
