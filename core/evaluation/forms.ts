import { StudioError } from '../base/errors.ts'
import { toDense, toDenseWithOffsets } from '../network/dense.ts'
import type { Network } from '../network/types.ts'
import { withoutAuxiliary } from '../network/withoutAuxiliary.ts'
import type { ViewsName } from './types.ts'
import type { Form } from './views.ts'

/**
 * A network as it is applied to whole images.
 * @throws StudioError `invalid-protocol` where the network has no such form
 */
export function denseForm(trained: Network, form: Exclude<Form, 'plain'>): Network {
  const network = withoutAuxiliary(trained)
  try {
    return form === 'dense' ? toDense(network) : toDenseWithOffsets(network)
  } catch (error) {
    if (!(error instanceof StudioError)) throw error
    throw new StudioError('invalid-protocol', { what: 'network', problem: error.fact }, { cause: error })
  }
}

/** Why a network cannot be evaluated by these views; null where it can. */
export function missingForm(network: Network, views: ViewsName): StudioError | null {
  if (views !== 'dense' && views !== 'dense-offsets' && views !== 'both') return null
  try {
    denseForm(network, views === 'both' ? 'dense' : views)
    return null
  } catch (error) {
    if (error instanceof StudioError) return error
    throw error
  }
}
