import type * as z from 'zod'
import type { Architecture, BaseSpec } from './entry.ts'
import { thinner, type ownPooledHead } from './settings.ts'

interface PooledSpec extends BaseSpec {
  readonly widthMultiplier: number
  readonly head: z.output<typeof ownPooledHead>
}

/**
 * What families have in common whose networks halve the image five times, and classify the mean of the last map; their
 * files of weights are told by names.
 */
export function pooledFamily<Spec extends PooledSpec>(): Pick<
  Architecture<Spec>,
  'crop' | 'shortName' | 'widthOf' | 'linearHead' | 'ofFile' | 'ofHead' | 'savings' | 'advice'
> {
  return {
    crop: { usual: 224, least: 32, step: 32 },
    shortName: ({ config }) => config,
    widthOf: ({ widthMultiplier }) => widthMultiplier,
    linearHead: (spec) => ({ ...spec, head: 'linear' }),
    ofFile: null,
    ofHead: () => null,
    savings: { settings: ['widthMultiplier'], classifier: () => [], channels: thinner },
    advice: {
      stuck: () => ({ first: [], later: [] }),
      overfitting: () => ({ first: [], later: [{ what: 'smaller-network' }] }),
    },
  }
}
