import { cpSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { runFolder } from '../../../core/jobs/context/home.ts'
import { importDataset } from '../../../core/jobs/import.ts'
import { processRunner } from '../../../core/jobs/process/processRunner.ts'
import type { JobRunner } from '../../../core/jobs/process/runner.ts'
import { startJob } from '../../../core/jobs/process/startJob.ts'
import { readSteps } from '../../../core/jobs/recording/journal.ts'
import { openRecorder } from '../../../core/jobs/recording/recorder.ts'
import { resumeRun } from '../../../core/jobs/resume.ts'
import type { EpochRecord } from '../../../core/training/events.ts'
import { remove, temporaryFolder, tinyRecipe } from '../../server/support.ts'
import { smallStudio } from '../small.ts'

vi.setConfig({ testTimeout: 120_000 })

const studio = smallStudio()
beforeAll(() => importDataset(studio.context, { source: studio.folder }))

/** Has trainings work in a home folder of their own, which holds the run’s folder and nothing else. */
function elsewhere(): { readonly runner: JobRunner; readonly home: string } {
  const home = temporaryFolder()
  onTestFinished(() => remove(home))
  const runner: JobRunner = {
    start(start) {
      const { assignment } = start
      if (assignment.part !== 'training') return processRunner.start(start)
      const folder = runFolder(studio.context.home, assignment.run)
      cpSync(folder, join(home, 'runs', assignment.run), { recursive: true })
      return processRunner.start({ ...start, home })
    },
  }
  return { runner, home }
}

test('the process that trains has no registry for its whole life: its parent holds the lease for it and records', async () => {
  const { context } = studio
  const { runner, home } = elsewhere()
  const optimization = { ...tinyRecipe.optimization, epochs: 2 }
  const input = { dataset: 'd1', recipe: { ...tinyRecipe, optimization } }
  const holders: unknown[] = []
  const refusals: unknown[] = []
  const recorder = openRecorder(context, (event) => {
    if (event.event !== 'epoch') return
    const database = new Database(context.home.registry, { readonly: true })
    holders.push(database.prepare('SELECT lease_pid FROM runs').pluck().get())
    database.close()
    refusals.push(resumeRun(context, { run: event.run }).catch((error: unknown) => error))
  })
  const job = startJob(runner, { kind: 'train', input, context, onEvent: recorder })
  const preparing = job.pid
  const outcome = await job.ended
  expect(outcome).toMatchObject({ kind: 'result', result: { run: 'r1', status: 'completed' } })

  // No file of a registry is in its home, nor has it made one.
  expect(readdirSync(home).filter((name) => name.includes('registry'))).toEqual([])
  const files = readdirSync(join(home, 'runs', 'r1')).filter((name) => !name.startsWith('best'))
  expect(files).toEqual(['last.safetensors'])

  const { runs, epochs, checkpoints } = context.registry
  expect(runs.get('r1')).toMatchObject({ status: 'completed', error: null })
  expect(epochs.list<EpochRecord>('r1').map(({ epoch }) => epoch)).toEqual([1, 2])
  expect(checkpoints.list('r1').find(({ kind }) => kind === 'last')).toMatchObject({ epoch: 2 })
  const { step } = await readSteps(runFolder(context.home, 'r1'))
  expect(step.length).toBeGreaterThan(2)

  expect(holders).toEqual([job.pid, job.pid])
  expect([preparing, process.pid]).not.toContain(job.pid)
  for (const refusal of await Promise.all(refusals)) expect(refusal).toMatchObject({ code: 'run-busy' })
})

test('a training that is stopped while it is prepared ends as stopped', async () => {
  const { context } = studio
  const job = startJob(processRunner, {
    kind: 'train',
    input: { dataset: 'd1', recipe: tinyRecipe, name: 'stopped early' },
    context,
    onEvent: openRecorder(context, (event) => void (event.event === 'run' && job.send('stop'))),
  })
  await job.ended
  expect(context.registry.runs.get('stopped early').status).toBe('stopped')
})

test('a training that died is interrupted, with what it died of', async () => {
  const { context } = studio
  const optimization = { ...tinyRecipe.optimization, epochs: 1000 }
  const job = startJob(processRunner, {
    kind: 'train',
    input: { dataset: 'd1', recipe: { ...tinyRecipe, optimization }, name: 'died' },
    context,
    onEvent: openRecorder(context, (event) => void (event.event === 'epoch' && job.kill())),
  })
  expect(await job.ended).toMatchObject({ kind: 'died' })
  const run = context.registry.runs.get('died')
  expect(run).toMatchObject({ status: 'interrupted', error: { code: 'process-killed' } })
  expect(existsSync(join(runFolder(context.home, run.id), 'order.bin'))).toBe(false)
})
