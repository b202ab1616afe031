import * as z from 'zod'
import { mostShare } from './defaults.ts'

/** Fields that jobs' inputs and the API's requests have in common. */

/** Share of the images. */
export const share = z.number().min(0).max(mostShare)
export const seed = z.int().min(0)
/** Path of a file, or in a manifest. */
export const path = z.string().min(1).max(10_000)
/** `best`, `last`, `epoch-5` */
export const checkpoint = z.string().regex(/^[a-z0-9-]{1,40}$/)

const relabel = z.strictObject({ path, action: z.literal('relabel'), class: z.string().min(1).max(1000) })
const leaveOut = z.strictObject({ path, action: z.enum(['leave-out', 'mislabelled']) })
const takeBack = z.strictObject({ path, action: z.literal('take-back') })
/** A label that a person found right. */
export const confirmedLabel = relabel.omit({ action: true })
/** What a person decided about a file, and a change of that. */
export const correction = z.discriminatedUnion('action', [relabel, leaveOut])
export const correctionChange = z.discriminatedUnion('action', [relabel, leaveOut, takeBack])
