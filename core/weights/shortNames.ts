import { shortened } from '../base/text.ts'
import type { FileFault } from '../messages/catalog.ts'

/** Names in a file that somebody else has made can be as long as the file. */
export function withShortNames(fault: FileFault): FileFault {
  const values = Object.entries(fault.values).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === 'string' ? shortened(value) : value,
  ])
  return { ...fault, values: Object.fromEntries(values) } as FileFault
}
