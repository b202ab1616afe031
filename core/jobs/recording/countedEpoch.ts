import type { Dataset } from '../../registry/types.ts'
import type { EpochRecord } from '../../training/events.ts'

/** An epoch with the images that its numbers are of, which records of earlier versions do not say: all of its splits. */
export function countedEpoch(record: EpochRecord, dataset: Pick<Dataset, 'images'> | null): EpochRecord {
  const { images, validation } = record
  return {
    ...record,
    images: images ?? dataset?.images.train,
    validation: validation && { ...validation, images: validation.images ?? dataset?.images.validation },
  }
}
