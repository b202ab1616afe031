import type { RunStatus } from '../../core/registry/types.ts'
import type { Route } from './route.ts'

/** The guided first run, on the sample: from images to an answer. */
export const guideSteps = ['sample', 'data', 'plan', 'run', 'try'] as const
export type GuideStep = (typeof guideSteps)[number]

/** Where a person is who follows the guide. */
export interface GuidePlace {
  readonly view: Route['view']
  readonly datasets: number
  /** The newest run; undefined before there is one. */
  readonly run: RunStatus | undefined
}

/** What comes next: by what there is, and by where the person looks. */
export function guideStep({ view, datasets, run }: GuidePlace): GuideStep {
  if (datasets === 0) return 'sample'
  if (run === undefined) return view === 'new-run' ? 'plan' : 'data'
  return view === 'try' ? 'try' : 'run'
}
