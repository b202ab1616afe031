import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { format } from './preprocessing.ts'

/** Marks a folder as an export, of this or an earlier version. */
export const mark = 'preprocessing.json'

/** Whether a folder holds an export, which may be replaced where that was asked for. */
export async function isExport(folder: string): Promise<boolean> {
  try {
    const content: unknown = JSON.parse(await readFile(join(folder, mark), 'utf8'))
    return typeof content === 'object' && content !== null && 'format' in content && content.format === format
  } catch {
    return false
  }
}
