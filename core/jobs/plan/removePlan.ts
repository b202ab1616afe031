import type { RemovedPlan } from '../../registry/plans.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Id } from '../../registry/types.ts'

/**
 * Forgets a plan; its runs stay, each by itself.
 * @returns what brings it back
 * @throws StudioError `not-found`; `run-busy` while one of its runs is being trained
 */
export function removePlan({ plans, leases }: Pick<Registry, 'plans' | 'leases'>, id: Id): RemovedPlan {
  for (const run of plans.runs(plans.get(id))) if (run !== null) leases.refuseHeld(run)
  return plans.remove(id)
}
