import type { StoredTensor } from '../readers/types.ts'

/** What wrappers put before every name: DataParallel, compile, Lightning. */
const wrappers = /^(?:(?:module|_orig_mod|model|net|network|backbone|encoder)\.)+/

/** A tensor's name as its module has it. */
export const withoutWrappers = (name: string): string => name.replace(wrappers, '')

/** Momentum that the studio keeps beside weights, and counters that batch normalization with a fixed momentum never reads. */
const beside = /^momentum\/|\.num_batches_tracked$/

/** Tensors of a network by the names of its modules. */
export function moduleTensors(tensors: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, StoredTensor> {
  return new Map(
    [...tensors].flatMap(([name, tensor]) => {
      const own = withoutWrappers(name)
      return beside.test(own) ? [] : [[own, tensor] as const]
    }),
  )
}
