import type { StoredOptions } from '../../registry/types.ts'

/** What jobs do when they are not told otherwise. Apart from the jobs, so that `--help` loads no engine. */
export const importDefaults: StoredOptions = { validation: 0.15, test: 0.15, seed: 0 }

/** The largest share of the images that validation and testing may take, each and together: the rest is trained on. */
export const mostShare = 0.9
