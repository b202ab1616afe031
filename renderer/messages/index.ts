import type { Catalog } from './catalog.ts'
import { en } from './en.ts'

export type Messages = Catalog<typeof en>

/** Every text that the window shows. */
export const m: Messages = en
