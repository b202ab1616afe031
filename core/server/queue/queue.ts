import type { Job, JobInputs, JobKind } from './types.ts'

/** Jobs in the order in which they run, one at a time in each lane. */
export interface Queue {
  add<Kind extends JobKind>(kind: Kind, input: JobInputs[Kind]): Promise<Job>
  /** What the command line hands over; the job itself checks it. */
  addUnchecked(kind: JobKind, input: Readonly<Record<string, unknown>>): Promise<Job>
  list(): readonly Job[]
  /** @throws StudioError `not-found` */
  get(id: string): Job
  /** @throws StudioError `not-done`, or what the job failed with */
  result(id: string): unknown
  /** @throws StudioError `not-running` */
  pause(id: string): Job
  resume(id: string): Job
  cancel(id: string): Job
  /** Waiting jobs in this order; those not named follow in their own. */
  reorder(order: readonly string[]): readonly string[]
  dismiss(id: string): void
}
