import { availableParallelism, cpus } from 'node:os'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { writeAtomic } from '../../base/files.ts'
import { version } from '../../base/version.ts'
import { engines } from '../index.ts'
import { engineNames, precisions, type Device } from '../types.ts'
import type { Measurement } from './benchmark.ts'
import { sameCandidate, type Candidate } from './candidates.ts'

/** Earlier versions stored the sentence. */
const storedFact = z.object({ code: z.string(), values: z.looseObject({}) })

const measurement = z.object({
  engine: z.enum(engineNames),
  device: z.string(),
  precision: z.enum(precisions),
  label: z.string(),
  secondsPerImage: z.number().positive().nullable(),
  reason: z.union([z.string(), storedFact]).nullable(),
})
const schema = z.object({
  version: z.literal(1),
  /** The latest last. */
  entries: z.array(z.object({ key: z.string(), measured: z.string(), measurements: z.array(measurement) })),
})
type Remembered = Omit<z.output<typeof schema>, 'entries'> & {
  readonly entries: readonly {
    readonly key: string
    readonly measured: string
    readonly measurements: readonly Measurement[]
  }[]
}

/** Each is some hundred bytes; a person has fewer kinds of runs. */
const kept = 200

const day = 24 * 3_600_000

const failed = ({ secondsPerImage }: Measurement): boolean => secondsPerImage === null

/** Forgets measurements after an engine was installed or removed: what failed may work now. */
export async function forgetMeasurements(folder: string): Promise<void> {
  await rm(fileIn(folder), { force: true })
}

const fileIn = (folder: string): string => join(folder, 'calibration.json')

/**
 * What was measured for a key, of the wanted candidates; null where that is not known of all of them. What failed is
 * tried again the next day: it may have been short of memory. A file that can't be read counts as none.
 */
export async function knownMeasurements(
  folder: string,
  key: string,
  wanted: readonly Candidate[],
): Promise<readonly Measurement[] | null> {
  const entry = (await load(folder)).entries.find((one) => one.key === key)
  const isFresh = entry !== undefined && Date.now() - Date.parse(entry.measured) < day
  const known = entry?.measurements.filter((one) => isFresh || !failed(one)) ?? []
  const found = wanted.flatMap((candidate) => known.find((one) => sameCandidate(one, candidate)) ?? [])
  return found.length === wanted.length ? found : null
}

/** What failed for a key of late: it may have been short of memory, and is tried again the next day. */
export async function knownFailures(folder: string, key: string): Promise<readonly Measurement[]> {
  const entry = (await load(folder)).entries.find((one) => one.key === key)
  const isFresh = entry !== undefined && Date.now() - Date.parse(entry.measured) < day
  return isFresh ? entry.measurements.filter(failed) : []
}

/** Unless nothing worked at all. Only for the next time: a disk that is full is no reason not to train. */
export async function keepMeasurements(
  folder: string,
  key: string,
  measurements: readonly Measurement[],
): Promise<void> {
  if (measurements.every(failed)) return
  const others = (await load(folder)).entries.filter((one) => one.key !== key)
  const entry = { key, measured: new Date().toISOString(), measurements: [...measurements] }
  const stored: Remembered = { version: 1, entries: [...others, entry].slice(-kept) }
  await writeAtomic(fileIn(folder), JSON.stringify(stored)).catch(() => undefined)
}

async function load(folder: string): Promise<Remembered> {
  try {
    return schema.parse(JSON.parse(await readFile(fileIn(folder), 'utf8')))
  } catch {
    return { version: 1, entries: [] }
  }
}

/** What has to be the same for measurements to hold: machine, versions, work. */
export function measurementKey(devices: readonly Device[], work: object): string {
  return JSON.stringify({
    studio: version,
    engines: engines.map(({ name, version: own }) => `${name} ${own}`),
    cpu: cpus()[0]?.model.trim(),
    cores: availableParallelism(),
    devices: devices.filter(({ usable }) => usable).map(({ engine, id, name }) => `${engine} ${id} ${name}`),
    ...work,
  })
}
