import { scanSource } from '../../dataset/import.ts'
import type { Registry } from '../../registry/registry.ts'
import type { StoredOptions } from '../../registry/types.ts'
import { importDefaults } from '../entry/defaults.ts'
import { resolveSource } from './source.ts'

/**
 * How many images a training would have, before anything is imported: of a data set its own; of a folder what its newest
 * version has, or what the names of its files tell. Null where the reference leads to neither.
 * @param asked how the folder is to be split
 */
export async function trainingImages(
  { datasets }: Pick<Registry, 'datasets'>,
  reference: string,
  asked: Pick<StoredOptions, 'validation' | 'test'> = importDefaults,
): Promise<number | null> {
  const known = datasets.find(reference)
  if (known) return known.images.train
  const { path, location } = await resolveSource(reference)
  const latest = datasets.latestOf(location)
  if (latest) return latest.images.train
  const scan = await scanSource(path, {}).catch(() => null)
  if (scan === null) return null
  const given = scan.entries.filter(({ given: split }) => split === 'train').length
  return given > 0 ? given : Math.round(scan.entries.length * (1 - asked.validation - asked.test))
}
