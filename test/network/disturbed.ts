import { random } from '../../core/base/random.ts'
import type { Tensors } from '../../core/base/tensor.ts'
import { initialize } from '../../core/network/initialize.ts'
import type { Network } from '../../core/network/types.ts'

/** Weights with statistics and scales as after training: those of a new network hide a mix-up. */
export function disturbed(network: Network): Tensors {
  const source = random(31)
  return new Map(
    [...initialize(network, 'he', 5)].map(([name, { shape, data }]) => {
      const isStatistic = shape.length === 1
      return [
        name,
        { shape, data: isStatistic ? data.map((value) => value + 0.1 + 0.4 * source.uniform()) : data },
      ]
    }),
  )
}
