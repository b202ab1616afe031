import { english } from '../core/messages/en/index.ts'
import { lineOf } from '../core/messages/text.ts'
import type { Reason } from '../core/messages/types.ts'

/** What a person reads of a fact, in one line. */
export const say = (fact: Reason): string => lineOf(english, fact)
