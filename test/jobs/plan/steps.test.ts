import { expect, test } from 'vitest'
import { nextStep as next } from '../../../core/jobs/plan/steps.ts'
import type { Plan, Run } from '../../../core/registry/types.ts'

const run = (id: string, status: Run['status'], code?: string): Run =>
  ({ id, status, error: code === undefined ? null : { code, values: {} } }) as unknown as Run

/** The next step of a chain, whose epochs nobody asks for. */
const nextStep = (runs: readonly (Run | null)[]) =>
  next({ epochs: null as never }, { kind: 'chain', steps: [], halving: null } as unknown as Plan, runs)

test('the first step that is not completed is next; what has a run goes on with it', () => {
  expect(nextStep([null, null])).toEqual({ step: 0, run: null, until: null })
  expect(nextStep([run('r1', 'completed'), null])).toEqual({ step: 1, run: null, until: null })
  for (const status of ['stopped', 'interrupted', 'failed', 'queued'] as const)
    expect(nextStep([run('r1', 'completed'), run('r2', status), null])).toEqual({
      step: 1,
      run: 'r2',
      until: null,
    })
  expect(nextStep([run('r1', 'completed'), run('r2', 'completed')])).toBeNull()
})

test('a run that diverged would do so again: its step starts again', () => {
  expect(nextStep([run('r1', 'failed', 'diverged'), null])).toEqual({ step: 0, run: null, until: null })
})
