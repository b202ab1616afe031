import { english } from '../core/messages/en/index.ts'
import { lineOf } from '../core/messages/text.ts'
import type { Reason } from '../core/messages/types.ts'

/** What a person reads of a fact, in one line. */
export const say = (fact: Reason): string => lineOf(english, fact)

/** Why a device can't be used, for the name of a test that is skipped there. */
export const whyUnusable = (device: { readonly reason?: Reason | undefined } | undefined): string =>
  device?.reason === undefined ? 'it is not there' : say(device.reason)
