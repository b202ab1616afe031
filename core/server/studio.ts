import type { Home } from '../jobs/context/home.ts'
import type { Catalog } from '../messages/catalog.ts'
import type { Registry } from '../registry/registry.ts'
import type { Hub } from './events/hub.ts'
import type { Folders, Machine, Links, Samples } from './machine/types.ts'
import type { Inside } from './results/inside.ts'
import type { Complexities } from './results/complexity.ts'
import type { Comparison, Ensembles, Evaluations, Exports, Prediction, Protocols } from './results/types.ts'
import type { Statistics } from './results/statistics.ts'
import type { Library } from './library/types.ts'
import type { Planning } from './planning/types.ts'
import type { Plans } from './plans/plans.ts'
import type { Expected } from './queue/expected.ts'
import type { Queue } from './queue/queue.ts'
import type { Runs } from './runs/types.ts'

/** Everything that the API answers from; each part is put together in assemble.ts. */
export interface Studio {
  readonly home: Home
  readonly version: string
  /** In the language of the person. */
  readonly texts: Catalog
  readonly registry: Registry
  readonly hub: Hub
  readonly queue: Queue
  readonly library: Library
  readonly runs: Runs
  readonly plans: Plans
  /** Loaded when it is first asked for: it knows networks, graphs and engines. */
  readonly planning: () => Promise<Planning>
  readonly expected: Expected
  readonly evaluations: Evaluations
  readonly protocols: Protocols
  readonly ensembles: Ensembles
  readonly comparison: Comparison
  readonly complexities: Complexities
  readonly statistics: Statistics
  readonly prediction: Prediction
  readonly inside: Inside
  readonly exports: Exports
  readonly machine: Machine
  readonly samples: Samples
  readonly folders: Folders
  readonly links: Links
}
