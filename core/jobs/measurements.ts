import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { writeAtomic } from '../base/files.ts'
import type { Measurement } from '../engine/calibrate.ts'
import { sameCandidate, type Candidate } from '../engine/candidates.ts'
import { engineNames, precisions } from '../engine/types.ts'
import type { Home } from './home.ts'

const measurement = z.object({
  engine: z.enum(engineNames),
  device: z.string(),
  precision: z.enum(precisions),
  label: z.string(),
  secondsPerImage: z.number().positive().nullable(),
  reason: z.string().nullable(),
})
const schema = z.object({
  version: z.literal(1),
  /** The latest last. */
  entries: z.array(z.object({ key: z.string(), measured: z.string(), measurements: z.array(measurement) })),
})
type Stored = z.output<typeof schema>

/** Each is some hundred bytes; a person has fewer kinds of runs. */
const kept = 200

const fileIn = ({ cache }: Home): string => join(cache, 'calibration.json')

/**
 * What was measured for a key, of the wanted candidates; null where that is not known of all of them. A file that can't
 * be read counts as none.
 */
export async function knownMeasurements(
  home: Home,
  key: string,
  wanted: readonly Candidate[],
): Promise<readonly Measurement[] | null> {
  const entry = (await load(home)).entries.find((one) => one.key === key)
  const found = wanted.flatMap(
    (candidate) => entry?.measurements.find((one) => sameCandidate(one, candidate)) ?? [],
  )
  return found.length === wanted.length ? found : null
}

/** Only for the next time: a disk that is full is no reason not to train. */
export async function keepMeasurements(
  home: Home,
  key: string,
  measurements: readonly Measurement[],
): Promise<void> {
  const others = (await load(home)).entries.filter((one) => one.key !== key)
  const entry = { key, measured: new Date().toISOString(), measurements: [...measurements] }
  const stored: Stored = { version: 1, entries: [...others, entry].slice(-kept) }
  await writeAtomic(fileIn(home), JSON.stringify(stored)).catch(() => undefined)
}

async function load(home: Home): Promise<Stored> {
  try {
    return schema.parse(JSON.parse(await readFile(fileIn(home), 'utf8')))
  } catch {
    return { version: 1, entries: [] }
  }
}
