import { readFile, rm } from 'node:fs/promises'
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

const day = 24 * 3_600_000

const failed = ({ secondsPerImage }: Measurement): boolean => secondsPerImage === null

/** After an engine was installed or removed: what failed may work now. */
export async function forgetMeasurements(home: Home): Promise<void> {
  await rm(fileIn(home), { force: true })
}

const fileIn = ({ cache }: Home): string => join(cache, 'calibration.json')

/**
 * What was measured for a key, of the wanted candidates; null where that is not known of all of them. What failed is
 * tried again the next day: it may have been short of memory. A file that can't be read counts as none.
 */
export async function knownMeasurements(
  home: Home,
  key: string,
  wanted: readonly Candidate[],
): Promise<readonly Measurement[] | null> {
  const entry = (await load(home)).entries.find((one) => one.key === key)
  const isFresh = entry !== undefined && Date.now() - Date.parse(entry.measured) < day
  const known = entry?.measurements.filter((one) => isFresh || !failed(one)) ?? []
  const found = wanted.flatMap((candidate) => known.find((one) => sameCandidate(one, candidate)) ?? [])
  return found.length === wanted.length ? found : null
}

/** Unless nothing worked at all. Only for the next time: a disk that is full is no reason not to train. */
export async function keepMeasurements(
  home: Home,
  key: string,
  measurements: readonly Measurement[],
): Promise<void> {
  if (measurements.every(failed)) return
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
